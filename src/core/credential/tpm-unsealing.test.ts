/** The TPM's part of credentials, on swtpm: what is sent to it, what it refuses, and what is made of that. */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Swtpm, type SwtpmLink } from "../../../test/support/swtpm.ts";
import { installKernels } from "../../node/kernels.ts";
import { PcrExtend, PcrRead } from "../tpm/command/machine.ts";
import { CreatePrimary } from "../tpm/command/object.ts";
import { EvictControl, FlushContext } from "../tpm/command/session.ts";
import { ALG_ECC, ALG_RSA, ALG_SHA1, HANDLES_LOADED_SESSION, HANDLES_TRANSIENT, RH_OWNER } from "../tpm/constants.ts";
import { readHandles } from "../tpm/capability.ts";
import { Entity } from "../tpm/entity.ts";
import { PcrBank, PcrSelection } from "../tpm/pcr-selection.ts";
import { PcrValues } from "../tpm/pcr-values.ts";
import { PcrCondition } from "../tpm/policy.ts";
import { PublicArea } from "../tpm/public-area.ts";
import { SUCCESS } from "../tpm/response-code.ts";
import { storageRoot } from "../tpm/templates.ts";
import { DAMAGED, NO_SIGNATURE, OTHER_STATE, OTHER_TPM, TPM_FAILURE } from "./fault.ts";
import { CredentialHeader } from "./header.ts";
import { kindOfKeys } from "./kind.ts";
import { sealFor, sealingPolicy, sealWith } from "./sealing.ts";
import { SigningKey } from "./signing-key.ts";
import { stateDifference } from "./state-difference.ts";
import { credentialRoot } from "./templates.ts";
import { TpmUnsealing } from "./tpm-unsealing.ts";

installKernels();

const UNSEAL = 0x15e;
const CREATE = 0x153;
const SRK = 0x81000001;
const NONE = new Uint8Array(0);
const swtpm = new Swtpm();
let link: SwtpmLink;

before(async () => {
  await swtpm.start();
  link = swtpm.connect();
});
after(async () => {
  await link.close();
  await swtpm.remove();
});

interface Signer {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

const pem = ({ publicKey }: Signer): Buffer => Buffer.from(publicKey.export({ format: "pem", type: "spki" }));

/** A header for `pcrs` as they are, and for what `signer` signs of PCR 11. */
function headerFor(pcrs: number, signer?: Signer): CredentialHeader {
  const header = new CredentialHeader(kindOfKeys(false, true, signer !== undefined));
  header.pcrs = pcrs;
  if (signer) {
    header.signedPcrs = 1 << 11;
    header.publicKey = pem(signer);
  }
  const values = new PcrValues();
  assert.equal(values.read(link.tpm, pcrs), SUCCESS);
  header.policy = sealingPolicy(header, values, signer ? SigningKey.parse(header.publicKey) : null);
  return header;
}

/** What opening comes to; the secret is EMPTY if there is a fault. */
function open(
  header: CredentialHeader,
  signatures: Uint8Array = NONE,
): { secret: Buffer; fault: number; words: string } {
  const unsealing = new TpmUnsealing(link.tpm, header, signatures);
  const secret = Buffer.from(unsealing.secret());
  assert.equal(secret.length > 0, unsealing.fault === 0, unsealing.words);
  for (const kind of [HANDLES_TRANSIENT, HANDLES_LOADED_SESSION]) assert.deepEqual(readHandles(link.tpm, kind), []);
  return { secret, fault: unsealing.fault, words: unsealing.words };
}

function sealed(secret: Uint8Array, pcrs = 0, signer?: Signer): CredentialHeader {
  const header = headerFor(pcrs, signer);
  assert.equal(sealWith(link.tpm, header, secret), SUCCESS);
  return header;
}

/** As systemd-measure writes it, of PCR 11 as it is. */
function signatures({ privateKey, publicKey }: Signer, bank = "sha256"): Buffer {
  const values = new PcrValues();
  values.read(link.tpm, 1 << 11);
  const policy = new PcrCondition(values.digest(1 << 11), PcrSelection.ofSha256(1 << 11)).extend(new Uint8Array(32));
  const pkcs1 = publicKey.export({ format: "der", type: "pkcs1" });
  const entry = {
    pcrs: [11],
    pkfp: createHash("sha256").update(pkcs1).digest("hex"),
    pol: Buffer.from(policy).toString("hex"),
    sig: sign("sha256", policy, privateKey).toString("base64"),
  };
  return Buffer.from(JSON.stringify({ sha1: [{ pcrs: [1] }], [bank]: [{ ...entry, pol: "00".repeat(32) }, entry] }));
}

const extend = (pcr: number): void => {
  assert.equal(link.tpm.execute(new PcrExtend(pcr, randomBytes(32)), [null]), SUCCESS);
};

test("what the TPM seals it gives back, and neither crosses the bus in the clear", () => {
  const secret = randomBytes(32);
  const from = link.log.length;
  const header = sealed(secret, (1 << 0) | (1 << 7));
  assert.equal(header.parentType, ALG_ECC);
  assert.deepEqual(open(header).secret, secret);
  const since = link.log.slice(from);
  for (const { command, response } of since) assert.ok(!command.includes(secret) && !response.includes(secret));
  assert.ok([CREATE, UNSEAL].every((code) => since.some(({ command }) => command.readUInt32BE(6) === code)));
});

test("other PCRs: the TPM is not even asked for the secret", () => {
  const pcrs = (1 << 16) | (1 << 23);
  extend(16);
  const values = new PcrValues();
  values.read(link.tpm, pcrs);
  const header = sealed(randomBytes(32), pcrs);
  assert.equal(stateDifference(link.tpm, values, pcrs), "none differs from the values that were kept");
  extend(23);
  const from = link.codes().length;
  const { fault, words } = open(header);
  assert.equal(fault, OTHER_STATE);
  assert.match(words, /PCR 16\+23 \(sha256\)/);
  assert.ok(!link.codes().slice(from).includes(UNSEAL));
  assert.equal(stateDifference(link.tpm, values, pcrs), "PCR 23 differs");
  assert.equal(stateDifference(link.tpm, new PcrValues(), pcrs), "");
});

test("PCRs of the SHA-1 bank, which systemd takes where there is no better one", () => {
  const selection = new PcrSelection();
  selection.banks.push(new PcrBank(ALG_SHA1, 1 << 23));
  const read = new PcrRead(selection);
  assert.equal(link.tpm.run(read), SUCCESS);
  assert.equal(read.digests[0]!.length, 20);
  const header = new CredentialHeader(kindOfKeys(false, true, false));
  header.bank = ALG_SHA1;
  header.pcrs = 1 << 23;
  const digest = createHash("sha256").update(read.digests[0]!).digest();
  header.policy = new PcrCondition(digest, selection).extend(new Uint8Array(32));
  const secret = randomBytes(32);
  assert.equal(sealWith(link.tpm, header, secret), SUCCESS);
  assert.deepEqual(open(header).secret, secret);
  const other = headerFor(1 << 23);
  other.bank = ALG_SHA1;
  other.blob = header.blob;
  assert.match(open(other).words, /of PCR 23 \(sha1\)/);
});

test("a header that claims another policy is caught by the TPM", () => {
  const honest = sealed(randomBytes(32), 1 << 23);
  const liar = headerFor(1 << 16);
  liar.blob = honest.blob;
  const unsealing = new TpmUnsealing(link.tpm, liar, NONE);
  assert.equal(unsealing.secret().length, 0);
  assert.equal(unsealing.fault, TPM_FAILURE);
  assert.match(unsealing.code.toString(16), /9d$/); // TPM_RC_POLICY_FAIL
});

test("what is damaged, and what isn't this TPM's", async () => {
  const header = sealed(randomBytes(32));
  const blob = Buffer.from(header.blob);
  for (const length of [0, 1, blob.length - 1]) {
    header.blob = blob.subarray(0, length);
    assert.equal(open(header).fault, DAMAGED);
  }
  header.blob = Buffer.concat([blob, Buffer.of(0)]);
  assert.equal(open(header).fault, DAMAGED);
  header.blob = Buffer.from(blob);
  header.blob[40]! ^= 1;
  assert.equal(open(header).fault, OTHER_TPM);

  header.blob = blob;
  const other = new Swtpm();
  await other.start();
  const there = other.connect();
  try {
    const unsealing = new TpmUnsealing(there.tpm, header, NONE);
    assert.equal(unsealing.secret().length, 0);
    assert.equal(unsealing.fault, OTHER_TPM);
  } finally {
    await there.close();
    await other.remove();
  }
});

test("a TPM that no longer answers, at whatever step", () => {
  const header = sealed(randomBytes(32), 1 << 7);
  const from = link.log.length;
  assert.equal(open(header).fault, 0);
  const steps = link.log.length - from;
  for (let step = 0; step < steps - 5; step++) {
    let left = step;
    link.tamper = (response): Buffer => (left-- > 0 ? response : Buffer.alloc(0));
    const unsealing = new TpmUnsealing(link.tpm, header, NONE);
    assert.equal(unsealing.secret().length, 0);
    assert.equal(unsealing.fault, TPM_FAILURE, `step ${step}`);
    link.tamper = (response): Buffer => response;
    for (const kind of [HANDLES_TRANSIENT, HANDLES_LOADED_SESSION]) {
      for (const handle of readHandles(link.tpm, kind)) link.tpm.run(new FlushContext(handle));
    }
  }
});

test("an answer that was changed on its way is none", () => {
  const secret = randomBytes(32);
  const header = sealed(secret);
  let code = 0;
  const transmit = link.transmit.bind(link);
  link.transmit = (command): Uint8Array => {
    code = Buffer.from(command).readUInt32BE(6);
    return transmit(command);
  };
  link.tamper = (response): Buffer => {
    if (code === UNSEAL) response[20]! ^= 1;
    return response;
  };
  assert.equal(open(header).fault, TPM_FAILURE);
  link.tamper = (response): Buffer => response;
  link.transmit = transmit;
  assert.deepEqual(open(header).secret, secret);
});

test("on RSA, too", () => {
  const root = new CreatePrimary(Entity.permanent(RH_OWNER), credentialRoot(ALG_RSA));
  assert.equal(link.tpm.execute(root, [null]), SUCCESS);
  link.tpm.run(new FlushContext(root.handle));
  const secret = randomBytes(32);
  const header = headerFor(1 << 7);
  assert.ok(sealFor(PublicArea.decode(Uint8Array.from(root.publicArea))!, header, secret, link));
  assert.equal(header.parentType, ALG_RSA);
  assert.deepEqual(open(header).secret, secret);
});

test("under the key at the usual handle, if it isn't under systemd's own", () => {
  const owner = Entity.permanent(RH_OWNER);
  const root = new CreatePrimary(owner, storageRoot());
  assert.equal(link.tpm.execute(root, [null]), SUCCESS);
  const area = PublicArea.decode(Uint8Array.from(root.publicArea))!;
  const made = new Entity(root.handle, Uint8Array.from(root.name));
  const secret = randomBytes(32);
  const header = headerFor(0);
  assert.ok(sealFor(area, header, secret, link));
  assert.equal(link.tpm.execute(new EvictControl(owner, made, SRK), [null]), SUCCESS);
  link.tpm.run(new FlushContext(root.handle));
  assert.deepEqual(open(header).secret, secret);
  assert.equal(link.tpm.execute(new EvictControl(owner, new Entity(SRK, made.name), SRK), [null]), SUCCESS);
  assert.equal(open(header).fault, OTHER_TPM);
});

describe("states that somebody signs", () => {
  const signer = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const stranger = generateKeyPairSync("rsa", { modulusLength: 3072 });

  test("with other PCRs besides, and after an update", () => {
    const secret = randomBytes(32);
    const header = sealed(secret, 1 << 7, signer);
    assert.deepEqual(open(header, signatures(signer)).secret, secret);
    const earlier = signatures(signer);
    extend(11);
    assert.deepEqual(open(header, signatures(signer)).secret, secret);
    const { fault, words } = open(header, earlier);
    assert.deepEqual([fault, words], [NO_SIGNATURE, "nobody has signed what PCR 11 (sha256) holds now"]);
  });

  test("nobody else's signature, and none that is no signature", () => {
    const header = sealed(randomBytes(32), 0, signer);
    assert.match(open(header).words, /needs signatures of PCR 11 \(sha256\), and there are none$/);
    assert.match(open(header, signatures(stranger)).words, /^no signature of PCR 11 \(sha256\) is by the key/);
    assert.match(open(header, signatures(signer, "sha384")).words, /^no signature of PCR 11/);
    assert.match(open(header, Buffer.from("{")).words, /damaged$/);
    for (const words of [NONE, signatures(stranger), Buffer.from("{")]) {
      assert.equal(open(header, words).fault, NO_SIGNATURE);
    }
    const forged = JSON.parse(signatures(signer).toString()) as Record<string, { sig: string }[]>;
    for (const entry of forged["sha256"]!) entry.sig = Buffer.alloc(256, 1).toString("base64");
    const { fault, words } = open(header, Buffer.from(JSON.stringify(forged)));
    assert.deepEqual([fault, words], [NO_SIGNATURE, "a signature is not by the key that it names"]);
  });

  test("a key that was put in the place of the right one", () => {
    const header = sealed(randomBytes(32), 0, signer);
    header.publicKey = pem(stranger);
    assert.equal(open(header, signatures(stranger)).fault, DAMAGED);
    header.publicKey = Buffer.from("no key");
    assert.equal(open(header, signatures(stranger)).fault, DAMAGED);
  });
});

test("keys that sign: RSA of 2048 to 4096 bits, and no others", () => {
  for (const bits of [2048, 3072, 4096]) {
    const key = SigningKey.parse(pem(generateKeyPairSync("rsa", { modulusLength: bits })))!;
    const area = PublicArea.decode(key.area)!;
    assert.deepEqual([area.keyBits, area.exponent, area.attributes], [bits, 65537, 0x60040]);
  }
  assert.equal(SigningKey.parse(pem(generateKeyPairSync("rsa", { modulusLength: 1024 }))), null);
  assert.equal(SigningKey.parse(pem(generateKeyPairSync("ec", { namedCurve: "P-256" }) as Signer)), null);
  const text = pem(generateKeyPairSync("rsa", { modulusLength: 2048 })).toString();
  for (const wrong of ["", text.replaceAll("PUBLIC", "RSA PUBLIC"), text.replace("MII", "NII")]) {
    assert.equal(SigningKey.parse(Buffer.from(wrong)), null);
  }
});
