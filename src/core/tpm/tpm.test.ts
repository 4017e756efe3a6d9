/** Commands and their authorizations on swtpm, beside tpm2-tools where both can do a thing. */
import assert from "node:assert/strict";
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Swtpm, type SwtpmLink } from "../../../test/support/swtpm.ts";
import { installKernels } from "../../node/kernels.ts";
import { Attestation } from "./attestation.ts";
import { Certify, EcdhZgen, GetTime, Quote, RsaDecrypt, Sign } from "./command/key.ts";
import {
  GetCapability,
  GetRandom,
  NvRead,
  NvReadPublic,
  PcrExtend,
  PcrRead,
  ReadClock,
  SelfTest,
} from "./command/machine.ts";
import {
  ActivateCredential,
  Create,
  CreatePrimary,
  Import,
  Load,
  LoadExternal,
  MakeCredential,
  ObjectChangeAuth,
  ReadPublic,
  Unseal,
} from "./command/object.ts";
import { ContextLoad, ContextSave, EvictControl, FlushContext } from "./command/session.ts";
import * as is from "./constants.ts";
import { Entity } from "./entity.ts";
import { PcrSelection } from "./pcr-selection.ts";
import { encodeSensitive, wrapCredential, wrapForImport } from "./protection.ts";
import { nameOf, PublicArea } from "./public-area.ts";
import { AUTH_FAIL, BAD_AUTH, GARBLED, INTEGRITY, kindOf, LOCKOUT, NO_ANSWER, SUCCESS } from "./response-code.ts";
import { describe as say } from "./response-meaning.ts";
import { SE_HMAC, Session } from "./session.ts";
import type { Signature } from "./signature.ts";
import { eccSigner, imported, rsaSigner, rsaStorageRoot, storageRoot } from "./templates.ts";
import type { Tpm } from "./tpm.ts";

installKernels();

const owner = (): Entity => Entity.permanent(is.RH_OWNER);
const done = (code: number): void => assert.equal(code, SUCCESS, say(code));
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** A key that is loaded. */
interface Loaded {
  entity: Entity;
  area: PublicArea;
  bytes: Buffer;
}

function primary(tpm: Tpm, template = storageRoot(), hierarchy = owner()): Loaded {
  const command = new CreatePrimary(hierarchy, template);
  done(tpm.execute(command, [null]));
  const bytes = Buffer.from(command.publicArea);
  assert.deepEqual(Buffer.from(nameOf(bytes)), Buffer.from(command.name));
  return { entity: new Entity(command.handle, Buffer.from(command.name)), area: PublicArea.decode(bytes)!, bytes };
}

function salted(tpm: Tpm, key: Loaded, bound: Entity | null = null): Session {
  const session = new Session(SE_HMAC);
  done(tpm.start(session, key.entity, key.area, bound));
  return session;
}

function create(tpm: Tpm, parent: Loaded, session: Session, template: PublicArea, pin = "", data = ""): Create {
  const command = new Create(parent.entity, template);
  command.auth = Buffer.from(pin);
  command.data = Buffer.from(data);
  done(tpm.execute(command, [session]));
  return command;
}

function load(
  tpm: Tpm,
  parent: Loaded,
  session: Session,
  key: { privateArea: Uint8Array; publicArea: Uint8Array },
  pin = "",
): Loaded {
  const command = new Load(parent.entity, key.privateArea, key.publicArea);
  done(tpm.execute(command, [session]));
  const entity = new Entity(command.handle, Buffer.from(command.name));
  entity.auth = Buffer.from(pin);
  return { entity, area: PublicArea.decode(key.publicArea)!, bytes: Buffer.from(key.publicArea) };
}

const padded = (bytes: Uint8Array, length: number): Buffer =>
  Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
const CURVES = new Map([
  [is.CURVE_P256, ["P-256", 32]],
  [is.CURVE_P384, ["P-384", 48]],
  [is.CURVE_P521, ["P-521", 66]],
] as const);

function publicKey(area: PublicArea): KeyObject {
  if (area.type === is.ALG_RSA) {
    const n = Buffer.from(area.unique).toString("base64url");
    return createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" });
  }
  const [crv, bytes] = CURVES.get(area.curve)!;
  const [x, y] = [area.x, area.y].map((value) => padded(value, bytes).toString("base64url"));
  return createPublicKey({ key: { kty: "EC", crv, x: x!, y: y! }, format: "jwk" });
}

function verifies(area: PublicArea, hash: string, message: Uint8Array, signature: Signature): boolean {
  if (area.type === is.ALG_RSA) return verify(hash, message, publicKey(area), signature.rsa);
  const bytes = CURVES.get(area.curve)![1];
  const value = Buffer.concat([padded(signature.r, bytes), padded(signature.s, bytes)]);
  return verify(hash, message, { key: publicKey(area), dsaEncoding: "ieee-p1363" }, value);
}

/** Handles of one kind that the TPM has. */
function handles(tpm: Tpm, kind: number): number[] {
  const command = new GetCapability(1, kind * 0x1000000, 64);
  done(tpm.run(command));
  const data = Buffer.from(command.data);
  return Array.from({ length: data.readUInt32BE(0) }, (_, i) => data.readUInt32BE(4 + 4 * i));
}

const loaded = (tpm: Tpm): number[] => [
  ...handles(tpm, is.HANDLES_TRANSIENT),
  ...handles(tpm, is.HANDLES_LOADED_SESSION),
];

describe("a TPM", () => {
  const machine = new Swtpm();
  let link: SwtpmLink;
  let tpm: Tpm;
  before(async () => {
    await machine.start();
    link = machine.connect();
    tpm = link.tpm;
  });
  after(async () => {
    await link.close();
    await machine.remove();
  });

  /** Runs a test in which nothing may stay loaded. */
  const clean = (name: string, body: (root: Loaded, session: Session) => Promise<void> | void): void => {
    test(name, async () => {
      const root = primary(tpm);
      const session = salted(tpm, root);
      try {
        await body(root, session);
        for (const { handle } of [root.entity, session.entity]) done(tpm.run(new FlushContext(handle)));
        assert.deepEqual(loaded(tpm), []);
      } finally {
        for (const handle of loaded(tpm)) tpm.run(new FlushContext(handle)); // so that the next test starts clean
      }
    });
  };
  const flush = (...keys: Loaded[]): void =>
    keys.forEach(({ entity }) => done(tpm.run(new FlushContext(entity.handle))));

  for (const [name, template, hash, alg, bytes] of [
    ["P-256", eccSigner(256), is.ALG_SHA256, "sha256", 32],
    ["P-384", eccSigner(384), is.ALG_SHA384, "sha384", 48],
    ["P-521", eccSigner(521), is.ALG_SHA512, "sha512", 64],
    ["RSA", rsaSigner(2048), is.ALG_SHA256, "sha256", 32],
    ["RSA with SHA-512", rsaSigner(2048), is.ALG_SHA512, "sha512", 64],
  ] as const) {
    clean(`a key of ${name} is made, loaded, and signs`, (root, session) => {
      const made = create(tpm, root, session, template, "1234");
      const key = load(tpm, root, session, made, "1234");
      assert.deepEqual(Buffer.from(key.entity.name), Buffer.from(nameOf(key.bytes)));
      assert.deepEqual(Buffer.from(key.area.encoded()), key.bytes);
      const message = randomBytes(100);
      const digest = createHash(alg).update(message).digest();
      assert.equal(digest.length, bytes);
      const sign = new Sign(key.entity, digest, template.type === is.ALG_RSA ? is.ALG_RSASSA : is.ALG_ECDSA, hash);
      done(tpm.execute(sign, [session]));
      assert.ok(verifies(key.area, alg, message, sign.signature));
      assert.ok(!verifies(key.area, alg, randomBytes(100), sign.signature));
      flush(key);
    });
  }

  clean("neither PIN nor secret crosses the bus", (root, session) => {
    const from = link.log.length;
    const made = create(tpm, root, session, eccSigner(256), "a PIN of some length");
    const key = load(tpm, root, session, made, "a PIN of some length");
    flush(key);
    const sealed = new PublicArea();
    sealed.type = is.ALG_KEYEDHASH;
    sealed.attributes = is.FIXED_TPM | is.FIXED_PARENT | is.USER_WITH_AUTH;
    const box = load(
      tpm,
      root,
      session,
      create(tpm, root, session, sealed, "another PIN", "a secret of some length"),
      "another PIN",
    );
    const unseal = new Unseal(box.entity);
    done(tpm.execute(unseal, [session]));
    assert.equal(Buffer.from(unseal.data).toString(), "a secret of some length");
    flush(box);
    const again = load(tpm, root, session, made, "a PIN of some length");
    const change = new ObjectChangeAuth(again.entity, root.entity, Buffer.from("the new PIN"));
    done(tpm.execute(change, [session]));
    const changed = load(tpm, root, session, { privateArea: change.privateArea, publicArea: key.bytes }, "the new PIN");
    done(tpm.execute(new Sign(changed.entity, sha256(Buffer.of()), is.ALG_ECDSA, is.ALG_SHA256), [session]));
    for (const { command, response } of link.log.slice(from)) {
      for (const secret of ["PIN", "secret"]) assert.ok(!command.includes(secret) && !response.includes(secret));
    }
    flush(again, changed);
  });

  clean("a wrong PIN is told from a lockout, and neither touches a key that is exempt", (root, session) => {
    const exempt = eccSigner(256);
    exempt.attributes |= is.NO_DA;
    const sign = (key: Loaded): number =>
      kindOf(tpm.execute(new Sign(key.entity, sha256(Buffer.of()), is.ALG_ECDSA, is.ALG_SHA256), [session]));
    const made = [eccSigner(256), exempt].map((template) => create(tpm, root, session, template, "1234"));
    const [key, free] = made.map((one) => load(tpm, root, session, one, "12345")) as [Loaded, Loaded];
    assert.equal(sign(free), BAD_AUTH);
    for (let i = 0; i < 3; i++) assert.equal(sign(key), AUTH_FAIL);
    assert.equal(sign(key), LOCKOUT);
    key.entity.auth = Buffer.from("1234");
    assert.equal(sign(key), LOCKOUT);
    free.entity.auth = Buffer.from("1234");
    assert.equal(sign(free), SUCCESS);
    flush(key, free);
  });

  test("lockout is lifted by tpm2-tools", async () => {
    await link.close();
    machine.tool("tpm2_dictionarylockout", "--clear-lockout");
  });

  clean("sessions bound to a key, and salted by an RSA key", (root, session) => {
    const made = create(tpm, root, session, eccSigner(256), "1234");
    const key = load(tpm, root, session, made, "1234");
    flush(root);
    const rsa = primary(tpm, rsaStorageRoot());
    for (const [salt, bound] of [
      [rsa, null],
      [rsa, key.entity],
      [null, key.entity],
    ] as const) {
      const other = new Session(SE_HMAC);
      done(tpm.start(other, salt ? salt.entity : null, salt ? salt.area : null, bound));
      other.last = true;
      done(tpm.execute(new Sign(key.entity, sha256(Buffer.of()), is.ALG_ECDSA, is.ALG_SHA256), [other]));
    }
    flush(key, rsa);
    root.entity = primary(tpm).entity;
  });

  clean("a response that was changed on its way is none", (root, session) => {
    const command = (): GetRandom => new GetRandom(16);
    for (const at of [13, -1, 20]) {
      link.tamper = (response) => {
        const changed = Buffer.from(response);
        changed[at < 0 ? changed.length + at : at]! ^= 1;
        return changed;
      };
      assert.equal(tpm.execute(command(), [session]), GARBLED, `${at}`);
      link.tamper = (response) => response;
      // What the TPM said is lost, and its nonce with it: only a new session goes on.
      done(tpm.run(new FlushContext(session.entity.handle)));
      Object.assign(session, salted(tpm, root));
    }
    for (const length of [0, 1, 9, 10, 20]) {
      link.tamper = (response) => response.subarray(0, length);
      assert.equal(tpm.run(command()), length === 0 ? NO_ANSWER : GARBLED, `${length}`);
      link.tamper = (response) => response;
    }
  });

  clean("names, public areas and PCRs are those of tpm2-tools", async (root) => {
    await link.close();
    machine.tool("tpm2_readpublic", "-c", `0x${root.entity.handle.toString(16)}`, "-o", "public", "-n", "name");
    assert.deepEqual(readFileSync(join(machine.folder, "public")).subarray(2), root.bytes);
    assert.deepEqual(readFileSync(join(machine.folder, "name")), Buffer.from(root.entity.name));
    machine.tool("tpm2_pcrread", "sha256:0,7,16", "-o", "pcrs");
    const read = new PcrRead(PcrSelection.ofSha256((1 << 0) | (1 << 7) | (1 << 16)));
    done(tpm.run(read));
    assert.deepEqual(Buffer.concat(read.digests), readFileSync(join(machine.folder, "pcrs")));
  });

  clean("a PCR is extended", async () => {
    const digest = randomBytes(32);
    const value = (): Buffer => {
      const read = new PcrRead(PcrSelection.ofSha256(1 << 23));
      done(tpm.run(read));
      return Buffer.from(read.digests[0]!);
    };
    const was = value();
    done(tpm.execute(new PcrExtend(23, digest), [null]));
    assert.deepEqual(value(), sha256(Buffer.concat([was, digest])));
  });

  clean("a quote that tpm2_checkquote accepts", async (root, session) => {
    const key = load(tpm, root, session, create(tpm, root, session, restricted()));
    const pcrs = PcrSelection.ofSha256((1 << 0) | (1 << 7));
    const nonce = randomBytes(20);
    const quote = new Quote(key.entity, nonce, is.ALG_NULL, is.ALG_NULL, pcrs);
    done(tpm.execute(quote, [session]));
    const read = new PcrRead(pcrs);
    done(tpm.run(read));
    const statement = Attestation.decode(quote.statement)!;
    assert.deepEqual(Buffer.from(statement.nonce), nonce);
    assert.deepEqual(Buffer.from(statement.digest), sha256(Buffer.concat(read.digests)));
    assert.deepEqual(Buffer.from(statement.pcrs.encoded()), Buffer.from(pcrs.encoded()));
    assert.ok(verifies(key.area, "sha256", quote.statement, quote.signature));
    writeFileSync(join(machine.folder, "key.pem"), publicKey(key.area).export({ type: "spki", format: "pem" }));
    writeFileSync(join(machine.folder, "statement"), quote.statement);
    const { r, s } = quote.signature;
    const raw = Buffer.concat([
      Buffer.from("0018000b0020", "hex"),
      padded(r, 32),
      Buffer.from("0020", "hex"),
      padded(s, 32),
    ]);
    writeFileSync(join(machine.folder, "signature"), raw);
    await link.close();
    const words = ["-u", "key.pem", "-m", "statement", "-s", "signature", "-g", "sha256", "-q", nonce.toString("hex")];
    machine.tool("tpm2_checkquote", ...words);
    assert.throws(() => machine.tool("tpm2_checkquote", ...words.slice(0, -1), "00".repeat(20)));
    flush(key);
  });

  clean("a key certifies another", (root, session) => {
    const key = load(tpm, root, session, create(tpm, root, session, restricted()));
    const certify = new Certify(key.entity, key.entity, Buffer.from("nonce"), is.ALG_NULL, is.ALG_NULL);
    const second = salted(tpm, root);
    done(tpm.execute(certify, [session, second]));
    flush({ ...root, entity: second.entity });
    const statement = Attestation.decode(certify.statement)!;
    assert.deepEqual(Buffer.from(statement.name), Buffer.from(key.entity.name));
    assert.ok(verifies(key.area, "sha256", certify.statement, certify.signature));
    flush(key);
  });

  clean("a key states what time it is", (root, session) => {
    const key = load(tpm, root, session, create(tpm, root, session, restricted()));
    const endorsement = Entity.permanent(is.RH_ENDORSEMENT);
    const time = new GetTime(endorsement, key.entity, Buffer.from("nonce"), is.ALG_NULL, is.ALG_NULL);
    const second = salted(tpm, root);
    done(tpm.execute(time, [session, second]));
    flush({ ...root, entity: second.entity });
    const statement = Attestation.decode(time.statement)!;
    const clock = new ReadClock();
    done(tpm.run(clock));
    assert.equal(Buffer.from(statement.nonce).toString(), "nonce");
    const later = clock.time.toNumber() - statement.time.toNumber();
    assert.ok(later >= 0 && later < 60_000, `${later}`);
    assert.ok(verifies(key.area, "sha256", time.statement, time.signature));
    flush(key);
  });

  clean("a key that was made elsewhere is wrapped here, imported, and signs", (root, session) => {
    for (const parent of ["ECC", "RSA"]) {
      let under = root;
      if (parent === "RSA") under = primary(tpm, rsaStorageRoot());
      const { area, secret } = outsider();
      const bytes = area.encoded();
      const wrapped = wrapForImport(
        under.area,
        nameOf(bytes),
        encodeSensitive(is.ALG_ECC, Buffer.from("1234"), secret),
        link,
      )!;
      const command = new Import(under.entity, bytes, wrapped.blob, wrapped.seed);
      done(tpm.execute(command, [session]));
      const key = load(tpm, under, session, { privateArea: command.privateArea, publicArea: bytes }, "1234");
      const sign = new Sign(key.entity, sha256(Buffer.from(parent)), is.ALG_ECDSA, is.ALG_SHA256);
      done(tpm.execute(sign, [session]));
      assert.ok(verifies(area, "sha256", Buffer.from(parent), sign.signature));
      flush(key);
      wrapped.blob[40]! ^= 1;
      const bad = new Import(under.entity, bytes, wrapped.blob, wrapped.seed);
      assert.equal(kindOf(tpm.execute(bad, [session])), INTEGRITY);
      if (under !== root) flush(under);
    }
  });

  clean("credentials, made here, by the TPM and by tpm2-tools, are opened", async (root, session) => {
    const key = load(tpm, root, session, create(tpm, root, session, restricted()));
    const second = salted(tpm, root);
    const secret = randomBytes(24);
    const open = (blob: Uint8Array, seed: Uint8Array): number => {
      const command = new ActivateCredential(key.entity, root.entity, blob, seed);
      const code = tpm.execute(command, [session, second]);
      if (code === SUCCESS) assert.deepEqual(Buffer.from(command.credential), secret);
      return code;
    };
    const own = wrapCredential(root.area, key.entity.name, secret, link)!;
    done(open(own.blob, own.seed));
    const other = wrapCredential(root.area, root.entity.name, secret, link)!;
    assert.equal(kindOf(open(other.blob, other.seed)), INTEGRITY);
    const make = new MakeCredential(root.entity, secret, key.entity.name);
    done(tpm.execute(make, [session]));
    done(open(make.blob, make.secret));

    writeFileSync(join(machine.folder, "secret"), secret);
    writeFileSync(join(machine.folder, "root"), Buffer.concat([Buffer.of(0, root.bytes.length), root.bytes]));
    await link.close();
    const name = Buffer.from(key.entity.name).toString("hex");
    machine.tool("tpm2_makecredential", "-T", "none", "-u", "root", "-s", "secret", "-n", name, "-o", "credential");
    const file = readFileSync(join(machine.folder, "credential")).subarray(8); // behind its magic and version
    const blobBytes = file.readUInt16BE(0);
    done(open(file.subarray(2, 2 + blobBytes), file.subarray(4 + blobBytes)));
    flush(key, { ...root, entity: second.entity });
  });

  clean("the private operation of RSA, and a shared point", (root, session) => {
    const rsa = load(tpm, root, session, create(tpm, root, session, rsaSigner(2048)));
    const encoded = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(253, 255), Buffer.of(7)]);
    const decrypt = new RsaDecrypt(rsa.entity, encoded);
    done(tpm.execute(decrypt, [session]));
    const n = BigInt(`0x${Buffer.from(rsa.area.unique).toString("hex")}`);
    let power = BigInt(`0x${Buffer.from(decrypt.message).toString("hex")}`);
    const base = power;
    for (let i = 0; i < 16; i++) power = (power * power) % n;
    assert.equal((power * base) % n, BigInt(`0x${encoded.toString("hex")}`));
    flush(rsa);
    const ecc = load(tpm, root, session, create(tpm, root, session, eccSigner(256)));
    const zgen = new EcdhZgen(ecc.entity, root.area.x, root.area.y);
    done(tpm.execute(zgen, [session]));
    assert.equal(zgen.x.length, 32);
    flush(ecc);
  });

  clean("contexts leave the TPM and come back", (root, session) => {
    const key = load(tpm, root, session, create(tpm, root, session, eccSigner(256)));
    const save = new ContextSave(key.entity);
    done(tpm.run(save));
    const context = Buffer.from(save.context);
    flush(key);
    const back = new ContextLoad(context);
    done(tpm.run(back));
    key.entity.handle = back.handle;
    done(tpm.execute(new Sign(key.entity, sha256(Buffer.of()), is.ALG_ECDSA, is.ALG_SHA256), [session]));
    flush(key);
  });

  clean("a key is kept at a persistent handle, and taken away", (root) => {
    const at = 0x81000010;
    done(tpm.execute(new EvictControl(owner(), root.entity, at), [null]));
    const read = new ReadPublic(at);
    done(tpm.run(read));
    assert.deepEqual(Buffer.from(read.publicArea), root.bytes);
    done(tpm.execute(new EvictControl(owner(), new Entity(at, root.entity.name), at), [null]));
    assert.notEqual(tpm.run(new ReadPublic(at)), SUCCESS);
  });

  clean("NV memory that tpm2-tools wrote is read", async (_root, session) => {
    await link.close();
    machine.tool("tpm2_nvdefine", "0x1500016", "-s", "32", "-a", "ownerread|ownerwrite");
    writeFileSync(join(machine.folder, "data"), "what tpm2-tools have written, 32");
    machine.tool("tpm2_nvwrite", "0x1500016", "-C", "o", "-i", "data");
    const read = new NvReadPublic(0x1500016);
    done(tpm.run(read));
    assert.equal(read.dataBytes(), 32);
    const index = new Entity(0x1500016, Buffer.from(read.name));
    const data = new NvRead(owner(), index, 32, 0);
    done(tpm.execute(data, [session]));
    assert.equal(Buffer.from(data.data).toString(), "what tpm2-tools have written, 32");
  });

  clean("the rest: self test, clock, randomness, a public key from outside", (_root, session) => {
    done(tpm.run(new SelfTest()));
    const clock = new ReadClock();
    done(tpm.run(clock));
    assert.ok(clock.time.toNumber() > 0 && clock.info.clock.toNumber() > 0);
    const random = new GetRandom(20);
    done(tpm.execute(random, [session]));
    assert.equal(random.bytes.length, 20);
    const bytes = outsider().area.encoded();
    const load = new LoadExternal(bytes);
    done(tpm.run(load));
    assert.deepEqual(Buffer.from(load.name), Buffer.from(nameOf(bytes)));
    done(tpm.run(new FlushContext(load.handle)));
  });
});

/** A key for the TPM's own statements alone. */
function restricted(): PublicArea {
  const area = eccSigner(256);
  area.attributes = (area.attributes & ~is.DECRYPT) | is.RESTRICTED;
  area.scheme = is.ALG_ECDSA;
  area.schemeHash = is.ALG_SHA256;
  return area;
}

/** A pair that no TPM has made. */
function outsider(): { area: PublicArea; secret: Buffer } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y, d } = privateKey.export({ format: "jwk" });
  const area = imported(eccSigner(256));
  area.x = Buffer.from(x!, "base64url");
  area.y = Buffer.from(y!, "base64url");
  return { area, secret: Buffer.from(d!, "base64url") };
}
