import assert from "node:assert/strict";
import { test } from "node:test";
import { checked, luks1, luks2, luks2Copy, metadata } from "../../../test/support/luks.ts";
import { installKernels } from "../../node/kernels.ts";
import { headerFault, HeaderSource } from "./luks-header.ts";

installKernels();

/** A disk that begins with `bytes`. */
class Disk extends HeaderSource {
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    super();
    this.bytes = bytes;
  }

  read(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(offset, offset + length));
  }
}

const fault = (header: Buffer): string => headerFault(new Disk(header));

/** The metadata with a change. */
function changed(change: (json: any) => void): Buffer {
  const json = metadata();
  change(json);
  return luks2(json);
}

test("sound headers", () => {
  assert.equal(fault(luks2(metadata())), "");
  assert.equal(fault(luks1()), "");
  assert.equal(fault(luks1("aes", "cbc-essiv:sha256")), "");
});

const DEAD = 0x0000dead;

const weak: [why: string, header: Buffer, says: RegExp][] = [
  ["no header", Buffer.alloc(65536), /no LUKS header/],
  ["an empty disk", Buffer.of(), /no LUKS header/],
  ["an unknown version", Buffer.from("4c554b53babe0003", "hex"), /unknown version 3/],
  ["LUKS1, null cipher", luks1("cipher_null", "ecb"), /does not encrypt: its cipher is cipher_null-ecb/],
  ["LUKS1, ecb", luks1("aes", "ecb"), /known to be good: aes-ecb/],
  ["LUKS1, few iterations", luks1("aes", "xts-plain64", 9999), /weakened: 9999 iterations, of at least 10000/],
  ["LUKS1, cut short", luks1().subarray(0, 500), /cut short/],
  ["segment with the null cipher", changed((j) => (j.segments[0].encryption = "cipher_null-ecb")), /does not encrypt/],
  ["the null cipher by its other name", changed((j) => (j.segments[0].encryption = "null")), /does not encrypt/],
  [
    "the null cipher, with an essiv",
    changed((j) => (j.segments[0].encryption = "cipher_null-cbc-essiv")),
    /not encrypt/,
  ],
  [
    "the null cipher in the kernel's words",
    changed((j) => (j.segments[0].encryption = "capi:ecb(cipher_null)-plain")),
    /known to be good/,
  ],
  [
    "key slot with the null cipher",
    changed((j) => (j.keyslots[0].area.encryption = "cipher_null-ecb")),
    /slot 0: it does not encrypt/,
  ],
  ["no cipher at all", changed((j) => delete j.segments[0].encryption), /known to be good/],
  [
    "a segment that isn't encrypted",
    changed((j) => (j.segments[1] = { type: "linear", offset: "0", size: "1" })),
    /not encrypted/,
  ],
  ["no segment", changed((j) => (j.segments = {})), /no encrypted segment/],
  ["no key slot", changed((j) => (j.keyslots = {})), /no key slot/],
  ["only a slot for reencryption", changed((j) => (j.keyslots[0].type = "reencrypt")), /no key slot/],
  ["an unknown key slot", changed((j) => (j.keyslots[0].type = "luks3")), /unknown type, luks3/],
  ["no key derivation", changed((j) => delete j.keyslots[0].kdf), /incomplete/],
  ["an unknown key derivation", changed((j) => (j.keyslots[0].kdf.type = "scrypt")), /isn't known: scrypt/],
  ["cheap Argon2", changed((j) => (j.keyslots[0].kdf.memory = 32)), /Argon2 with 32 KiB, 4 passes/],
  ["Argon2 without its cost", changed((j) => delete j.keyslots[0].kdf.time), /Argon2/],
  ["few iterations", changed((j) => (j.keyslots[0].kdf = { type: "pbkdf2", iterations: 1000 })), /1000 iterations/],
  ["a small key", changed((j) => (j.keyslots[0].key_size = 8)), /its key has 8 bytes/],
  ["a weak digest", changed((j) => (j.digests[0].iterations = 1)), /1 iterations, of at least 1000/],
  ["an unknown digest", changed((j) => (j.digests[0].type = "none")), /digest is of an unknown type/],
  ["an unknown requirement", changed((j) => (j.config.requirements = { mandatory: ["opal"] })), /isn't known: opal/],
  ["no config", changed((j) => delete j.config), /no config/],
  ["metadata that are no JSON", luks2("{}}"), /no strict JSON/],
  [
    "a name twice",
    luks2(JSON.stringify(metadata()).replace('"type":"crypt"', '"type":"crypt","type":"linear"')),
    /strict/,
  ],
];

for (const [why, header, says] of weak) {
  test(why, () => assert.match(fault(header), says));
}

test("a disabled LUKS1 key slot is of no account, a damaged one is", () => {
  const header = luks1();
  header.writeUInt32BE(1, 208 + 48 + 4);
  assert.equal(fault(header), "");
  header.writeUInt32BE(7, 208 + 48);
  assert.match(fault(header), /key slot 1 is damaged/);
  header.writeUInt32BE(DEAD, 208 + 48);
  header.writeUInt32BE(DEAD, 208);
  assert.match(fault(header), /no key slot/);
});

test("a key slot of a token may be derived cheaply, but not from nothing", () => {
  const cheap = (iterations: number): Buffer =>
    changed((json) => {
      json.tokens[0] = { type: "systemd-tpm2", keyslots: ["1"] };
      json.keyslots[1] = { ...json.keyslots[0], kdf: { type: "pbkdf2", hash: "sha512", iterations } };
    });
  assert.equal(fault(cheap(1000)), "");
  assert.match(fault(cheap(999)), /slot 1: its key derivation is weakened/);
});

test("an interrupted reencryption from one cipher to another is no fault", () => {
  const header = changed((json) => {
    json.config.requirements = { mandatory: ["online-reencrypt-v2"] };
    json.keyslots[1] = { type: "reencrypt", mode: "reencrypt" };
    json.segments[1] = { ...json.segments[0], encryption: "serpent-xts-plain64" };
  });
  assert.equal(fault(header), "");
});

test("a header that was changed without its checksum", () => {
  const json = JSON.stringify(metadata());
  for (const at of [20, 30, 170, 300, 4100, 16383]) {
    const header = luks2Copy(json);
    header[at]! ^= 1;
    assert.match(
      fault(Buffer.concat([header, luks2Copy(json, true)])),
      /checksum of its header is wrong/,
      `byte ${at}`,
    );
  }
});

test("fields of the header that can't be", () => {
  const json = JSON.stringify(metadata());
  const change = (edit: (header: Buffer) => void): string => {
    const header = luks2Copy(json);
    edit(header);
    return fault(checked(header));
  };
  assert.match(
    change((header) => header.writeBigUInt64BE(16385n, 8)),
    /impossible size/,
  );
  assert.match(
    change((header) => header.writeBigUInt64BE(8192n, 8)),
    /impossible size/,
  );
  assert.match(
    change((header) => header.writeBigUInt64BE(8388608n, 8)),
    /impossible size/,
  );
  assert.match(
    change((header) => header.writeBigUInt64BE(0x100004000n, 8)),
    /impossible size/,
  );
  assert.match(
    change((header) => header.writeBigUInt64BE(32768n, 8)),
    /cut short/,
  );
  assert.match(
    change((header) => header.writeBigUInt64BE(16384n, 256)),
    /not in its place/,
  );
  assert.match(
    change((header) => header.write("sha1\0\0", 72)),
    /unknown kind: sha1/,
  );
  assert.match(
    change((header) => header.write("hidden", 16000)),
    /hidden behind/,
  );
});

test("the second copy is as good as the first, or no copy at all", () => {
  const json = metadata();
  const first = luks2Copy(JSON.stringify(json));
  json.segments[0].encryption = "cipher_null-ecb";
  const second = luks2Copy(JSON.stringify(json), true);
  assert.match(fault(Buffer.concat([first, second])), /does not encrypt/);
  second[5000]! ^= 1;
  assert.equal(fault(Buffer.concat([first, second])), "", "cryptsetup doesn't take it either");
  assert.equal(fault(first), "");
});
