/** Keys of files used on swtpm: what it costs, what is left behind, and what happens when the TPM is not as it was. */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Swtpm, type SwtpmLink } from "../../../test/support/swtpm.ts";
import { installKernels } from "../../node/kernels.ts";
import { Writer } from "../wire/writer.ts";
import { readHandles } from "./capability.ts";
import { Sign } from "./command/key.ts";
import { PcrExtend, PcrRead } from "./command/machine.ts";
import { Create, CreatePrimary } from "./command/object.ts";
import { POLICY_AUTHORIZE, POLICY_AUTH_VALUE, POLICY_PCR } from "./command/policy.ts";
import { EvictControl, FlushContext } from "./command/session.ts";
import * as is from "./constants.ts";
import { Entity } from "./entity.ts";
import { IMPORTABLE, NamedPolicy, PolicyCommand, TpmKeyFile } from "./key-file.ts";
import { PcrSelection } from "./pcr-selection.ts";
import { approvalOf, AuthorizeCondition, AuthValueCondition, PcrCondition, policyDigest } from "./policy.ts";
import { encodeSensitive, wrapForImport } from "./protection.ts";
import { nameOf } from "./public-area.ts";
import {
  AUTH_FAIL,
  HIERARCHY_AUTH,
  INTEGRITY,
  kindOf,
  NO_ANSWER,
  OBJECT_MEMORY,
  OTHER_PARENT,
  SUCCESS,
  UNKNOWN_POLICY,
} from "./response-code.ts";
import { describe as say } from "./response-meaning.ts";
import type { Session } from "./session.ts";
import { Signature } from "./signature.ts";
import { eccSigner, imported, rsaStorageRoot, storageRoot } from "./templates.ts";
import type { Tpm } from "./tpm.ts";
import { flushLeftovers, KeyUse, Workspace } from "./workspace.ts";

installKernels();

const EMPTY = new Uint8Array(0);
const done = (code: number): void => assert.equal(code, SUCCESS, say(code));
const SIGN = 0x15d;

class Signing extends KeyUse {
  run(tpm: Tpm, key: Entity, session: Session): number {
    return tpm.execute(new Sign(key, randomBytes(32), is.ALG_ECDSA, is.ALG_SHA256), [session]);
  }
}

describe("a workspace", () => {
  let machine: Swtpm;
  let link: SwtpmLink;
  let space: Workspace;

  beforeEach(async () => {
    machine = new Swtpm();
    await machine.start();
    link = machine.connect();
    space = new Workspace(link.tpm);
  });
  afterEach(async () => {
    await link.close();
    await machine.remove();
  });

  /** Powers the TPM off and on, or, if `other`, another one on. */
  async function restart(other = false): Promise<void> {
    await link.close();
    if (other) {
      await machine.remove();
      machine = new Swtpm();
    } else await machine.stop();
    await machine.start();
    link = machine.connect();
    Object.assign(space.tpm, { link });
  }

  function make(pin = "", template = eccSigner(256), parent: number = is.RH_OWNER, isRsa = false): TpmKeyFile {
    done(space.open(parent, isRsa, EMPTY));
    const create = new Create(space.parent!.entity, template);
    create.auth = Buffer.from(pin);
    done(space.tpm.execute(create, [space.session]));
    const file = new TpmKeyFile();
    file.parent = parent;
    file.rsaParent = isRsa;
    file.parentName = space.parent!.entity.name;
    file.publicArea = Buffer.from(create.publicArea);
    file.privateArea = Buffer.from(create.privateArea);
    return file;
  }

  const use = (file: TpmKeyFile, pin = ""): number => kindOf(space.withKey(file, Buffer.from(pin), new Signing()));
  const left = (): number[] =>
    [is.HANDLES_TRANSIENT, is.HANDLES_LOADED_SESSION].flatMap((kind) => readHandles(space.tpm, kind));

  /** The codes of the commands that something takes. */
  function cost(work: () => void): number[] {
    const from = link.codes().length;
    work();
    return link.codes().slice(from);
  }

  test("the first signature makes parent, session and key ready; the next is one command; nothing stays", () => {
    const file = make("1234"); // which has looked for a storage root key at the usual handle
    space.clear();
    const first = cost(() => done(use(file, "1234")));
    assert.deepEqual(first, [0x131, 0x176, 0x157, SIGN]); // CreatePrimary, StartAuthSession, Load
    assert.deepEqual(
      cost(() => done(use(file, "1234"))),
      [SIGN],
    );
    assert.equal(use(file, "12"), AUTH_FAIL);
    assert.equal(use(file, "1234"), SUCCESS);
    const other = make();
    assert.deepEqual(
      cost(() => done(use(other))),
      [0x165, 0x157, SIGN], // another key costs a flush and a load
    );
    assert.equal(left().length, 3);
    space.clear();
    assert.deepEqual(left(), []);
  });

  test("a storage root key at the usual handle is used, and nothing is created", () => {
    done(space.open(is.RH_OWNER, false, EMPTY));
    done(
      space.tpm.execute(new EvictControl(Entity.permanent(is.RH_OWNER), space.parent!.entity, is.SRK_HANDLE), [null]),
    );
    const file = make();
    space.clear();
    space = new Workspace(link.tpm); // the other one knows that there was none
    assert.deepEqual(
      cost(() => done(use(file))),
      [0x173, 0x176, 0x157, SIGN],
    );
    space.clear();
    assert.deepEqual(left(), []);
  });

  for (const [what, template] of [
    ["another kind of key", rsaStorageRoot()],
    ["another key of the same kind", Object.assign(storageRoot(), { x: Buffer.alloc(32, 1), y: Buffer.alloc(32, 1) })],
  ] as const) {
    test(`${what} at the usual handle is passed over`, () => {
      const file = make();
      file.parentName = EMPTY;
      space.clear();
      const primary = new CreatePrimary(Entity.permanent(is.RH_OWNER), template);
      done(space.tpm.execute(primary, [null]));
      const entity = new Entity(primary.handle, nameOf(primary.publicArea));
      done(space.tpm.execute(new EvictControl(Entity.permanent(is.RH_OWNER), entity, is.SRK_HANDLE), [null]));
      done(space.tpm.run(new FlushContext(primary.handle)));
      space = new Workspace(link.tpm);
      done(use(file));
      space.clear();
      assert.deepEqual(left(), []);
    });
  }

  test("keys under a persistent parent, under other hierarchies, and under an RSA root", () => {
    done(space.open(is.RH_OWNER, false, EMPTY));
    done(space.tpm.execute(new EvictControl(Entity.permanent(is.RH_OWNER), space.parent!.entity, 0x81000005), [null]));
    const files = [make("", eccSigner(256), 0x81000005), make("", eccSigner(256), is.RH_ENDORSEMENT)];
    files.push(make("", eccSigner(256), is.RH_NULL), make("", eccSigner(256), is.RH_OWNER, true));
    for (const file of files) done(use(file));
    space.clear();
    assert.deepEqual(left(), []);
  });

  test("after a reset of the TPM everything is made anew", async () => {
    const file = make("1234");
    done(use(file, "1234"));
    await restart();
    done(use(file, "1234"));
    await restart();
    space.tpm.link.transmit(Buffer.from("80010000000c000001440000", "hex")); // started twice: nothing worse
    done(use(file, "1234"));
  });

  test("another TPM is told from this one, before it is told anything", async () => {
    const file = make("1234");
    space.clear();
    await restart(true);
    space = new Workspace(link.tpm);
    const codes = cost(() => assert.equal(use(file, "1234"), OTHER_PARENT));
    assert.ok(!codes.includes(0x176) && !codes.includes(0x157));
    file.parentName = EMPTY;
    assert.equal(use(file, "1234"), INTEGRITY);
    space.clear();
    assert.deepEqual(left(), []);
  });

  test("a parent that answers otherwise than before is none", async () => {
    const file = make();
    file.parentName = EMPTY;
    done(use(file));
    await restart(true);
    assert.equal(use(file), OTHER_PARENT);
    assert.deepEqual(left(), []);
  });

  test("a file of another key isn't taken for the one that is loaded because its private part is the same", () => {
    const file = make();
    const forged = make();
    forged.privateArea = file.privateArea;
    done(use(file));
    assert.equal(use(forged), INTEGRITY);
    done(use(file));
  });

  test("a key that was loaded once is under no other parent afterwards, whatever is said of the first", () => {
    const other = make();
    other.parentName = EMPTY;
    space.clear();
    const template = Object.assign(storageRoot(), { x: Buffer.alloc(32, 1), y: Buffer.alloc(32, 1) });
    const root = new CreatePrimary(Entity.permanent(is.RH_OWNER), template);
    done(space.tpm.execute(root, [null]));
    const name = nameOf(root.publicArea);
    done(
      space.tpm.execute(new EvictControl(Entity.permanent(is.RH_OWNER), new Entity(root.handle, name), is.SRK_HANDLE), [
        null,
      ]),
    );
    done(space.tpm.run(new FlushContext(root.handle)));
    space = new Workspace(link.tpm);
    const file = make("1234");
    assert.deepEqual(file.parentName, name);
    file.parentName = EMPTY;
    done(use(file, "1234"));
    space.clear();
    link.tamper = (response) => {
      const refused = Buffer.from("80010000000a000001df", "hex"); // INTEGRITY: a Load of what was made elsewhere
      return link.codes().at(-1) === 0x176 ? refused : response;
    };
    const codes = cost(() => assert.equal(use(file, "1234"), OTHER_PARENT));
    assert.deepEqual(
      codes.filter((code) => code === 0x176 || code === SIGN),
      [0x176],
      "with the first alone",
    );
    link.tamper = (response) => response;
    done(use(file, "1234"));
    // Either key is found again, whichever was used before it, at once or after a while.
    for (const wait of [false, true]) {
      for (const each of [file, other, file, other]) {
        if (wait) space.clear();
        done(use(each, each === file ? "1234" : ""));
      }
    }
  });

  test("a TPM that dies in mid-command is said to, and used again when it is back", async () => {
    const file = make();
    done(use(file));
    link.tamper = (response) => {
      process.kill(machine.pid, "SIGKILL");
      return response.subarray(0, 0);
    };
    assert.equal(use(file), NO_ANSWER);
    await restart();
    done(use(file));
  });

  test("a response that somebody changes costs the session, and no more", () => {
    const file = make("1234");
    done(use(file, "1234"));
    let bad = 1;
    link.tamper = (response) => {
      if (bad-- > 0) response[response.length - 1]! ^= 1;
      return response;
    };
    done(use(file, "1234"));
    space.clear();
    assert.deepEqual(left(), []);
  });

  test("what a program that was killed has left is flushed", () => {
    done(use(make()));
    assert.equal(left().length, 3);
    space = new Workspace(link.tpm);
    flushLeftovers(space.tpm);
    assert.deepEqual(left(), []);
  });

  test("a TPM whose places others have taken says so, and is used when they have left", () => {
    const file = make();
    space.clear();
    const taken = [1, 2, 3].map(() => {
      const primary = new CreatePrimary(Entity.permanent(is.RH_NULL), storageRoot());
      done(space.tpm.execute(primary, [null]));
      return primary.handle;
    });
    assert.equal(use(file), OBJECT_MEMORY);
    done(space.tpm.run(new FlushContext(taken[0]!)));
    assert.equal(use(file), OBJECT_MEMORY); // two are needed
    done(space.tpm.run(new FlushContext(taken[1]!)));
    done(use(file));
    space.clear();
    assert.deepEqual(left(), [taken[2]]);
  });

  test("a TPM that was cleared is another one", async () => {
    const file = make();
    space.clear();
    await link.close();
    machine.tool("tpm2_clear");
    assert.equal(use(file), OTHER_PARENT);
    file.parentName = EMPTY;
    space = new Workspace(link.tpm);
    assert.equal(use(file), INTEGRITY);
  });

  test("a password of the owner's is proven, and never said", async () => {
    const file = make();
    space.clear();
    await link.close();
    machine.tool("tpm2_changeauth", "-c", "o", "the owner's password");
    space = new Workspace(link.tpm);
    assert.equal(use(file), HIERARCHY_AUTH);
    space.ownerPassword = Buffer.from("another password");
    assert.equal(use(file), HIERARCHY_AUTH);
    space.ownerPassword = Buffer.from("the owner's password");
    done(use(file));
    assert.ok(link.log.every(({ command }) => !command.includes("password")));
    const started = link.log.filter(({ command }) => command.readUInt32BE(6) === 0x176);
    assert.ok(started.every(({ command }) => command.readUInt32BE(10) !== is.RH_NULL)); // each session has a salt
    space.clear();
    assert.deepEqual(left(), []);
  });

  test("an importable key", () => {
    done(space.open(is.RH_OWNER, false, EMPTY));
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x, y, d } = privateKey.export({ format: "jwk" });
    const area = imported(eccSigner(256));
    area.x = Buffer.from(x!, "base64url");
    area.y = Buffer.from(y!, "base64url");
    const file = new TpmKeyFile();
    file.type = IMPORTABLE;
    file.publicArea = area.encoded();
    const sensitive = encodeSensitive(is.ALG_ECC, EMPTY, Buffer.from(d!, "base64url"));
    const wrapped = wrapForImport(space.parent!.area, nameOf(file.publicArea), sensitive, link)!;
    file.privateArea = wrapped.blob;
    file.secret = wrapped.seed;
    done(use(file));
    done(use(file));
  });

  const PCR = 23;
  function pcrs(): PcrCondition {
    const read = new PcrRead(PcrSelection.ofSha256(1 << PCR));
    done(space.tpm.run(read));
    return new PcrCondition(createHash("sha256").update(read.digests[0]!).digest(), PcrSelection.ofSha256(1 << PCR));
  }
  function pcrCommand(condition: PcrCondition): PolicyCommand {
    const w = new Writer(64);
    w.sized(condition.digest);
    condition.pcrs.encode(w);
    return new PolicyCommand(POLICY_PCR, w.written());
  }
  const extend = (): void => done(space.tpm.execute(new PcrExtend(PCR, randomBytes(32)), [null]));
  const bound = (): ReturnType<typeof eccSigner> => {
    const template = eccSigner(256);
    template.attributes &= ~is.USER_WITH_AUTH;
    return template;
  };

  test("a key that is bound to PCRs and to a PIN", () => {
    const template = bound();
    const condition = pcrs();
    template.authPolicy = policyDigest([condition, new AuthValueCondition()]);
    const file = make("1234", template);
    file.policy = [pcrCommand(condition), new PolicyCommand(POLICY_AUTH_VALUE, EMPTY)];
    done(use(file, "1234"));
    done(use(file, "1234"));
    assert.equal(use(file, "12"), AUTH_FAIL);
    extend();
    assert.equal(use(file, "1234"), 0x084); // TPM_RC_VALUE: the digest isn't the PCRs' any more
    space.clear();
    assert.deepEqual(left(), []);
  });

  test("a key that is bound to whatever PCRs somebody approves of", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x, y } = privateKey.export({ format: "jwk" });
    const approver = eccSigner(256);
    approver.attributes = is.SIGN | is.USER_WITH_AUTH;
    approver.x = Buffer.from(x!, "base64url");
    approver.y = Buffer.from(y!, "base64url");
    const signature = new Signature();
    signature.hash = is.ALG_SHA256;
    const approve = (condition: PcrCondition): NamedPolicy => {
      const approved = policyDigest([condition]);
      assert.equal(approvalOf(approved, EMPTY).length, 32);
      const value = sign("sha256", approved, { key: privateKey, dsaEncoding: "ieee-p1363" });
      signature.r = value.subarray(0, 32);
      signature.s = value.subarray(32);
      return new NamedPolicy(EMPTY, [authorize(), pcrCommand(condition)]);
    };
    const authorize = (): PolicyCommand => {
      const w = new Writer(256);
      w.sized(approver.encoded());
      w.sized(EMPTY);
      signature.encode(w);
      return new PolicyCommand(POLICY_AUTHORIZE, Buffer.from(w.written()));
    };
    const template = bound();
    template.authPolicy = policyDigest([new AuthorizeCondition(approver.encoded(), EMPTY, EMPTY, signature)]);
    const file = make("", template);
    file.policy = [authorize()];
    assert.equal(use(file), UNKNOWN_POLICY);
    file.authPolicies = [approve(pcrs())];
    done(use(file));
    extend();
    assert.equal(use(file), 0x084);
    file.authPolicies.push(approve(pcrs()));
    done(use(file));
    space.clear();
    assert.deepEqual(left(), []);
  });
});
