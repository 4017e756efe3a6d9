import { test } from "node:test";
import assert from "node:assert/strict";
import { checkCodec } from "../../../../test/support/codec.ts";
import { message as wire } from "../../../../test/support/ssh/wire.ts";
import { Reader } from "../../wire/reader.ts";
import * as m from "./authentication.ts";

const text = (value: string): Uint8Array => Buffer.from(value);
const fill = <T extends object>(message: T, fields: Partial<T>): T => Object.assign(message, fields);
const bare = { numbered: false };

test("USERAUTH_REQUEST", () => {
  const request = fill(new m.UserauthRequest(), {
    user: text("user"),
    service: text("ssh-connection"),
    method: text("none"),
    fields: text("..."),
  });
  const sent = Buffer.concat([wire(50, "user", "ssh-connection", "none"), text("...")]);
  checkCodec(request, sent, m.UserauthRequest.decode, { open: 3 });
});

for (const hostBound of [false, true]) {
  for (const signed of [false, true]) {
    test(`the fields of publickey: ${hostBound ? "host-bound" : "plain"}, ${signed ? "signed" : "query"}`, () => {
      const fields = fill(new m.PublicKeyFields(hostBound), {
        signed,
        algorithm: text("ssh-ed25519"),
        publicKey: text("key"),
        hostKey: text(hostBound ? "host" : ""),
        signature: text(signed ? "signature" : ""),
      });
      const sent = ["ssh-ed25519", "key", ...(hostBound ? ["host"] : []), ...(signed ? ["signature"] : [])];
      checkCodec(fields, wire(0, signed, ...sent).subarray(1), (r) => m.PublicKeyFields.decode(r, hostBound), bare);
    });
  }
}

test("any byte but 0 says that a signature follows", () => {
  for (const byte of [1, 2, 255]) {
    const sent = wire(0, true, "a", "b", "c").subarray(1);
    sent[0] = byte;
    const r = new Reader(sent);
    assert.ok(m.PublicKeyFields.decode(r, false).signed && r.ok());
  }
});

test("what a server answers", () => {
  const failure = fill(new m.UserauthFailure(), { methods: "publickey", partialSuccess: true });
  checkCodec(failure, wire(51, "publickey", true), m.UserauthFailure.decode);
  checkCodec(new m.UserauthSuccess(), Buffer.of(52), m.UserauthSuccess.decode);
  const banner = fill(new m.UserauthBanner(), { text: text("words\r\n"), language: text("en") });
  checkCodec(banner, wire(53, "words\r\n", "en"), m.UserauthBanner.decode);
  const ok = fill(new m.UserauthPkOk(), { algorithm: text("ssh-ed25519"), publicKey: text("key") });
  checkCodec(ok, wire(60, "ssh-ed25519", "key"), m.UserauthPkOk.decode);
});
