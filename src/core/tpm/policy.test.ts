/** Policies, each run on swtpm, computed without it, and as tpm2-tools make them. */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Swtpm, type SwtpmLink } from "../../../test/support/swtpm.ts";
import { installKernels } from "../../node/kernels.ts";
import { Writer } from "../wire/writer.ts";
import { Sign } from "./command/key.ts";
import { NvReadPublic, PcrExtend, PcrRead } from "./command/machine.ts";
import { Create, CreatePrimary, Load } from "./command/object.ts";
import {
  POLICY_AUTH_VALUE,
  POLICY_AUTHORIZE,
  POLICY_COMMAND_CODE,
  POLICY_OR,
  POLICY_PCR,
  PolicyGetDigest,
} from "./command/policy.ts";
import { FlushContext } from "./command/session.ts";
import * as is from "./constants.ts";
import { Entity } from "./entity.ts";
import { parsePcrs, pcrList, PcrSelection } from "./pcr-selection.ts";
import {
  approvalOf,
  AuthorizeCondition,
  AuthValueCondition,
  CommandCondition,
  type Condition,
  decodeCondition,
  NvCondition,
  OrCondition,
  PcrCondition,
  policyDigest,
  runPolicy,
  SecretCondition,
} from "./policy.ts";
import { PublicArea } from "./public-area.ts";
import { AUTH_FAIL, kindOf, POLICY_FAIL, SUCCESS, VALUE } from "./response-code.ts";
import { describe as say } from "./response-meaning.ts";
import { SE_HMAC, SE_POLICY, SE_TRIAL, Session } from "./session.ts";
import { Signature } from "./signature.ts";
import { eccSigner, storageRoot } from "./templates.ts";
import type { Tpm } from "./tpm.ts";

installKernels();

const SIGN = 0x15d;
const done = (code: number): void => assert.equal(code, SUCCESS, say(code));
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

describe("policies", () => {
  const machine = new Swtpm();
  let link: SwtpmLink;
  let tpm: Tpm;
  let root: Entity;
  let rootArea: PublicArea;
  before(async () => {
    await machine.start();
    machine.tool("tpm2_nvdefine", "0x1500016", "-s", "8", "-a", "ownerread|ownerwrite");
    writeFileSync(join(machine.folder, "data"), "contents");
    machine.tool("tpm2_nvwrite", "0x1500016", "-C", "o", "-i", "data");
    link = machine.connect();
    tpm = link.tpm;
    const primary = new CreatePrimary(Entity.permanent(is.RH_OWNER), storageRoot());
    done(tpm.execute(primary, [null]));
    root = new Entity(primary.handle, Buffer.from(primary.name));
    rootArea = PublicArea.decode(Buffer.from(primary.publicArea))!;
  });
  after(async () => {
    await link.close();
    await machine.remove();
  });

  const flush = (...handles: number[]): void => handles.forEach((handle) => done(tpm.run(new FlushContext(handle))));

  function pcrs(mask = 1 << 16): PcrCondition {
    const selection = PcrSelection.ofSha256(mask);
    const read = new PcrRead(selection);
    done(tpm.run(read));
    return new PcrCondition(sha256(Buffer.concat(read.digests)), selection);
  }

  /** A key that `conditions` alone let sign; `sign` is tried with a policy session. */
  function bound(conditions: Condition[], pin = ""): { sign(pin?: string, run?: Condition[]): number; flush(): void } {
    const session = new Session(SE_HMAC);
    done(tpm.start(session, root, rootArea, null));
    const template = eccSigner(256);
    template.attributes &= ~is.USER_WITH_AUTH;
    template.authPolicy = policyDigest(conditions);
    const create = new Create(root, template);
    create.auth = Buffer.from(pin);
    done(tpm.execute(create, [session]));
    const load = new Load(root, create.privateArea, create.publicArea);
    done(tpm.execute(load, [session]));
    flush(session.entity.handle);
    const key = new Entity(load.handle, Buffer.from(load.name));
    return {
      sign(given = pin, run = conditions): number {
        key.auth = Buffer.from(given);
        const policy = new Session(SE_POLICY);
        done(tpm.start(policy, root, rootArea, null));
        let code = runPolicy(tpm, policy, run);
        if (code === SUCCESS) code = tpm.execute(new Sign(key, randomBytes(32), is.ALG_ECDSA, is.ALG_SHA256), [policy]);
        flush(policy.entity.handle);
        return kindOf(code);
      },
      flush: () => flush(key.handle),
    };
  }

  const index = (): Entity => {
    const read = new NvReadPublic(0x1500016);
    done(tpm.run(read));
    return new Entity(0x1500016, Buffer.from(read.name));
  };

  const all: [name: string, make: () => Condition][] = [
    ["PCRs", () => pcrs()],
    ["the authorization value", () => new AuthValueCondition()],
    ["one command", () => new CommandCondition(SIGN)],
    ["a secret", () => new SecretCondition(Entity.permanent(is.RH_ENDORSEMENT), Buffer.from("reference"))],
    ["NV memory", () => new NvCondition(index(), Buffer.from("tents"), 3, 0)],
  ];
  for (const [name, make] of all) {
    test(`${name}: the same digest on the TPM and without it`, () => {
      const session = new Session(SE_TRIAL);
      done(tpm.start(session, null, null, null));
      const conditions = [new CommandCondition(SIGN), make()];
      done(runPolicy(tpm, session, conditions));
      const digest = new PolicyGetDigest(session.entity);
      done(tpm.run(digest));
      assert.deepEqual(Buffer.from(policyDigest(conditions)), Buffer.from(digest.digest));
      flush(session.entity.handle);
    });

    test(`${name}: a key that it lets sign`, () => {
      const key = bound([make()], "1234");
      assert.equal(key.sign(), SUCCESS);
      assert.equal(key.sign("1234", []), POLICY_FAIL);
      key.flush();
    });
  }

  test("the authorization value has to be right", () => {
    const key = bound([new AuthValueCondition()], "1234");
    assert.equal(key.sign("1235"), AUTH_FAIL);
    assert.equal(key.sign("1234"), SUCCESS);
    key.flush();
  });

  test("PCRs that have changed", () => {
    const condition = pcrs(1 << 23);
    const key = bound([condition]);
    assert.equal(key.sign(), SUCCESS);
    done(tpm.execute(new PcrExtend(23, randomBytes(32)), [null]));
    assert.equal(key.sign(), VALUE);
    // Whoever leaves the digest to the TPM gets no farther.
    assert.equal(key.sign("", [new PcrCondition(Buffer.of(), condition.pcrs)]), POLICY_FAIL);
    key.flush();
  });

  test("one of several", () => {
    const digests = [policyDigest([pcrs()]), policyDigest([new CommandCondition(SIGN)])];
    const either = new OrCondition(digests);
    const key = bound([either]);
    assert.equal(key.sign("", [pcrs(), either]), SUCCESS);
    assert.equal(key.sign("", [new CommandCondition(SIGN), either]), SUCCESS);
    assert.equal(key.sign("", [new CommandCondition(SIGN + 1), either]), VALUE);
    key.flush();
  });

  test("whatever the owner of a key approves of", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x, y } = privateKey.export({ format: "jwk" });
    const area = eccSigner(256);
    area.attributes = is.SIGN | is.USER_WITH_AUTH | is.DECRYPT;
    area.x = Buffer.from(x!, "base64url");
    area.y = Buffer.from(y!, "base64url");
    const approve = (conditions: Condition[]): AuthorizeCondition => {
      const approved = policyDigest(conditions);
      assert.deepEqual(
        Buffer.from(approvalOf(approved, Buffer.from("ref"))),
        sha256(Buffer.concat([approved, Buffer.from("ref")])),
      );
      const signature = new Signature();
      signature.hash = is.ALG_SHA256;
      const bytes = sign("sha256", Buffer.concat([approved, Buffer.from("ref")]), {
        key: privateKey,
        dsaEncoding: "ieee-p1363",
      });
      signature.r = bytes.subarray(0, 32);
      signature.s = bytes.subarray(32);
      return new AuthorizeCondition(area.encoded(), Buffer.from("ref"), approved, signature);
    };
    const first = [pcrs()];
    const key = bound([approve(first)]);
    assert.equal(key.sign("", [...first, approve(first)]), SUCCESS);
    const second = [new CommandCondition(SIGN)];
    assert.equal(key.sign("", [...second, approve(second)]), SUCCESS);
    assert.notEqual(key.sign("", [...first, approve(second)]), SUCCESS);
    const forged = approve(second);
    forged.signature.s = forged.signature.r;
    assert.notEqual(key.sign("", [...second, forged]), SUCCESS);
    key.flush();

    const session = new Session(SE_TRIAL);
    done(tpm.start(session, null, null, null));
    done(runPolicy(tpm, session, [...first, approve(first)]));
    const digest = new PolicyGetDigest(session.entity);
    done(tpm.run(digest));
    assert.deepEqual(Buffer.from(policyDigest([approve(second)])), Buffer.from(digest.digest));
    flush(session.entity.handle);
  });

  test("the digests of tpm2-tools", async () => {
    const selection = pcrs((1 << 0) | (1 << 7) | (1 << 16));
    const policy = (name: string, ...words: string[]): Buffer => {
      machine.tool("tpm2_startauthsession", "-S", "session");
      machine.tool(name, "-S", "session", "-L", "policy", ...words);
      machine.tool("tpm2_flushcontext", "session");
      return readFileSync(join(machine.folder, "policy"));
    };
    await link.close();
    flush(root.handle); // tpm2-tools are to have room, and make keys of their own
    await link.close();
    const digestOf = (...conditions: Condition[]): Buffer => Buffer.from(policyDigest(conditions));
    assert.deepEqual(digestOf(selection), policy("tpm2_policypcr", "-l", "sha256:0,7,16"));
    assert.deepEqual(digestOf(new AuthValueCondition()), policy("tpm2_policyauthvalue"));
    assert.deepEqual(digestOf(new AuthValueCondition()), policy("tpm2_policypassword"));
    assert.deepEqual(digestOf(new CommandCondition(SIGN)), policy("tpm2_policycommandcode", "TPM2_CC_Sign"));
    const endorsement = Entity.permanent(is.RH_ENDORSEMENT);
    assert.deepEqual(digestOf(new SecretCondition(endorsement, Buffer.of())), policy("tpm2_policysecret", "-c", "e"));
    const [a, b] = [randomBytes(32), randomBytes(32)];
    writeFileSync(join(machine.folder, "a"), a);
    writeFileSync(join(machine.folder, "b"), b);
    assert.deepEqual(digestOf(new OrCondition([a, b])), policy("tpm2_policyor", "sha256:a,b"));
  });
});

test("conditions of key files are read, and nothing else is", () => {
  const w = new Writer(64);
  const parameters = (write: () => void): Uint8Array => {
    w.reset();
    write();
    return Buffer.from(w.written());
  };
  const selection = PcrSelection.ofSha256(0x81);
  const digest = randomBytes(32);
  const before = randomBytes(32);
  const same = (code: number, bytes: Uint8Array, expected: Condition): void => {
    const condition = decodeCondition(code, bytes, before);
    assert.ok(condition);
    assert.deepEqual(Buffer.from(condition.extend(before)), Buffer.from(expected.extend(before)));
    if (bytes.length > 0) assert.equal(decodeCondition(code, bytes.subarray(1), before), null);
    assert.equal(decodeCondition(code, Buffer.concat([bytes, Buffer.of(0)]), before), null);
  };
  const pcr = parameters(() => {
    w.sized(digest);
    selection.encode(w);
  });
  same(POLICY_PCR, pcr, new PcrCondition(digest, selection));
  same(POLICY_AUTH_VALUE, Buffer.of(), new AuthValueCondition());
  same(POLICY_COMMAND_CODE, Buffer.of(0, 0, 1, 0x5d), new CommandCondition(SIGN));
  const or = parameters(() => {
    w.uint32(2);
    w.sized(digest);
    w.sized(before);
  });
  same(POLICY_OR, or, new OrCondition([digest, before]));
  for (const count of [0, 1, 9, 0xffffffff]) {
    const many = parameters(() => {
      w.uint32(count);
      for (let i = 0; i < Math.min(count, 9); i++) w.sized(digest);
    });
    assert.equal(decodeCondition(POLICY_OR, many, before), null);
  }
  assert.equal(decodeCondition(POLICY_AUTHORIZE, Buffer.of(), before), null);
  assert.equal(decodeCondition(0x149, Buffer.of(), before), null);
});

test("lists of PCRs", () => {
  for (const [text, mask, list] of [
    ["0+7", 0x81, "0+7"],
    ["0,7", 0x81, "0+7"],
    ["7", 0x80, "7"],
    ["23+0", 0x800001, "0+23"],
  ] as const) {
    assert.equal(parsePcrs(Buffer.from(text)), mask);
    assert.equal(pcrList(mask), list);
  }
  for (const text of ["", "+", "0+", "+0", "24", "a", "0 7", "-1", "0++7", "99999999999"]) {
    assert.equal(parsePcrs(Buffer.from(text)), 0, text);
  }
});
