import { test } from "node:test";
import assert from "node:assert/strict";
import { Reader } from "../../wire/reader.ts";
import { KexEcdhInit, KexEcdhReply } from "./key-exchange.ts";
import { encoded, type Message } from "./message.ts";
import {
  Debug,
  Disconnect,
  ExtInfo,
  Ignore,
  KexInit,
  NewKeys,
  Ping,
  Pong,
  ServiceAccept,
  ServiceRequest,
  Unimplemented,
} from "./transport.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function filled<M extends object>(message: M, fields: Partial<M>): M {
  return Object.assign(message, fields);
}

const extensions = new ExtInfo();
extensions.add(text("server-sig-algs"), text("ssh-ed25519"));
extensions.add(text("x"), text(""));

const lists = ["kex", "key", "c1", "c2", "m1", "m2", "z1", "z2", "", "en"].map(text);
const kexInit = filled(new KexInit(), {
  cookie: Uint8Array.from({ length: 16 }, (_, i) => i),
  kexAlgorithms: lists[0]!,
  hostKeyAlgorithms: lists[1]!,
  encryptionToServer: lists[2]!,
  encryptionToClient: lists[3]!,
  macToServer: lists[4]!,
  macToClient: lists[5]!,
  compressionToServer: lists[6]!,
  compressionToClient: lists[7]!,
  languagesToServer: lists[8]!,
  languagesToClient: lists[9]!,
  firstKexPacketFollows: true,
  reserved: 0x80000001,
});

const string = (value: string): string =>
  Buffer.from(value).length.toString(16).padStart(8, "0") + Buffer.from(value).toString("hex");

const cases: { message: Message; decode: (r: Reader) => Message; wire: string }[] = [
  {
    message: filled(new Disconnect(), { reason: 0xfffffffe, description: text("bye"), language: text("en") }),
    decode: Disconnect.decode,
    wire: `01fffffffe${string("bye")}${string("en")}`,
  },
  { message: filled(new Ignore(), { data: text("abc") }), decode: Ignore.decode, wire: `02${string("abc")}` },
  {
    message: filled(new Unimplemented(), { sequence: 0x89abcdef }),
    decode: Unimplemented.decode,
    wire: "0389abcdef",
  },
  {
    message: filled(new Debug(), { alwaysDisplay: true, message: text("m"), language: text("") }),
    decode: Debug.decode,
    wire: `0401${string("m")}${string("")}`,
  },
  {
    message: filled(new ServiceRequest(), { name: text("ssh-userauth") }),
    decode: ServiceRequest.decode,
    wire: `05${string("ssh-userauth")}`,
  },
  {
    message: filled(new ServiceAccept(), { name: text("ssh-userauth") }),
    decode: ServiceAccept.decode,
    wire: `06${string("ssh-userauth")}`,
  },
  {
    message: extensions,
    decode: ExtInfo.decode,
    wire: `0700000002${string("server-sig-algs")}${string("ssh-ed25519")}${string("x")}${string("")}`,
  },
  {
    message: kexInit,
    decode: KexInit.decode,
    wire: `14000102030405060708090a0b0c0d0e0f${lists.map((l) => string(Buffer.from(l).toString())).join("")}0180000001`,
  },
  { message: filled(new Ping(), { data: text("?") }), decode: Ping.decode, wire: `c0${string("?")}` },
  { message: filled(new Pong(), { data: text("?") }), decode: Pong.decode, wire: `c1${string("?")}` },
  {
    message: filled(new KexEcdhInit(), { clientPublicKey: text("q") }),
    decode: KexEcdhInit.decode,
    wire: `1e${string("q")}`,
  },
  {
    message: filled(new KexEcdhReply(), { hostKey: text("k"), serverPublicKey: text("q"), signature: text("s") }),
    decode: KexEcdhReply.decode,
    wire: `1f${string("k")}${string("q")}${string("s")}`,
  },
];

/** The message with its byte arrays as plain ones, for comparison. */
const plain = (message: Message): unknown => structuredClone({ ...message });

for (const { message, decode, wire } of cases) {
  const name = message.constructor.name;

  test(`${name} has the form of its RFC`, () => {
    assert.equal(Buffer.from(encoded(message)).toString("hex"), wire);
    const r = new Reader(Uint8Array.from(Buffer.from(wire, "hex").subarray(1)));
    assert.deepEqual(plain(decode(r)), plain(message));
    assert.ok(r.ok());
  });

  test(`${name} is refused when cut anywhere, and with a byte too many`, () => {
    const whole = Uint8Array.from(Buffer.from(`${wire}00`, "hex").subarray(1));
    for (let length = 0; length <= whole.length; length++) {
      const r = new Reader(whole.subarray(0, length));
      decode(r);
      assert.equal(r.ok(), length === whole.length - 1, `${length} of ${whole.length - 1} bytes`);
    }
  });
}

test("NewKeys is its number alone", () => {
  assert.deepEqual([...encoded(new NewKeys())], [21]);
});

test("a count of extensions that cannot be true ends at the end of the message", () => {
  const r = new Reader(Uint8Array.from(Buffer.from(`ffffffff${string("a")}${string("b")}`, "hex")));
  assert.ok(ExtInfo.decode(r).names.length <= 2);
  assert.ok(!r.ok());
});
