import assert from "node:assert/strict";
import { before, test } from "node:test";
import { join } from "node:path";
import { certificateOf, PRESENT, securityKey, VERIFIED } from "../../../../test/support/certificates.ts";
import { compositeKey } from "../../../../test/support/composite-key.ts";
import { temporaryFolder } from "../../../../test/support/fixture.ts";
import { makeKey, readKey, type UserKey } from "../../../../test/support/keys.ts";
import { ed25519Key, p256Key } from "../../../../test/support/server-peer.ts";
import { encode, Fields } from "../../../../test/support/ssh/wire.ts";
import { parseAddress } from "../../ip-address.ts";
import { Certificate } from "../key/certificate.ts";
import { Credential } from "../key/credential.ts";
import { AGENT_FORWARDING, PORT_FORWARDING, TERMINAL, type Grant } from "./grant.ts";
import { KeyProof } from "./key-proof.ts";
import { LoginAttempt } from "./login-attempt.ts";

const ALL = TERMINAL | PORT_FORWARDING | AGENT_FORWARDING;
const SESSION = Buffer.alloc(32, 7);
const NOW = Date.UTC(2026, 10, 20) / 1000;
const text = (words: string): Buffer => Buffer.from(words, "latin1");

const folder = temporaryFolder();
const authority = (): string => join(folder(), "ca");
before(() => {
  makeKey(join(folder(), "ca"));
  makeKey(join(folder(), "ca-ecdsa"), "ecdsa");
});

/** An attempt by `key`, in a certificate if there is one, with a good proof. */
function attempt(key: UserKey, certificate?: Buffer, address = "192.0.2.7", user = "user"): LoginAttempt {
  const credential = Credential.parse(certificate ?? key.blob)!;
  const unsigned = encode(text(user));
  const message = Buffer.concat([encode(SESSION), Buffer.of(50), unsigned, encode("ssh-connection", "publickey")]);
  const signature = key.sign(
    Buffer.concat([message, Buffer.of(1), encode(credential.algorithm(), certificate ?? key.blob)]),
  );
  const proof = new KeyProof(text(user), credential, Buffer.alloc(0), signature);
  assert.ok(proof.isGood(SESSION));
  return new LoginAttempt(proof, parseAddress(text(address)) ?? Buffer.alloc(0), NOW);
}

function refused(tried: LoginAttempt, grant: Grant | null, why: RegExp): void {
  assert.equal(grant, null);
  assert.match(tried.refusal, why);
}

test("a line without options grants everything to the key", () => {
  for (const key of [ed25519Key(), p256Key()]) {
    const grant = attempt(key).byLine(text(""))!;
    assert.equal(grant.permissions, ALL);
    assert.equal(grant.command, null);
    assert.match(grant.credential, new RegExp(`^${key.algorithm} SHA256:[\\w+/]{43}$`));
  }
});

test("restrictions of a line, and what gives back a part", () => {
  const lines: [string, number][] = [
    ["restrict", 0],
    ["RESTRICT,Pty", TERMINAL],
    ["no-pty", ALL & ~TERMINAL],
    ["pty,no-pty", ALL & ~TERMINAL],
    ["restrict,port-forwarding,agent-forwarding", ALL & ~TERMINAL],
    ["no-X11-forwarding,x11-forwarding,user-rc,no-user-rc", ALL],
    ["port-forwarding,restrict", 0],
    ["cert-authority", -1],
  ];
  for (const [line, permissions] of lines) {
    assert.equal(attempt(ed25519Key()).byLine(text(line))?.permissions ?? -1, permissions, line);
  }
});

test("a security key must be touched, unless its line says otherwise", () => {
  for (const type of ["ed25519", "ecdsa"] as const) {
    const outcomes: [flags: number, line: string, why: RegExp | null][] = [
      [PRESENT, "", null],
      [PRESENT | VERIFIED, "", null],
      [0, "", /not touched/],
      [VERIFIED, "", /not touched/],
      [0, "no-touch-required", null],
      [0, "no-touch-required,touch-required", /not touched/],
      [PRESENT, "verify-required", /did not verify/],
      [PRESENT | VERIFIED, "verify-required", null],
      [PRESENT, "verify-required,no-verify-required", null],
      [VERIFIED, "verify-required,no-touch-required", null],
    ];
    for (const [flags, line, why] of outcomes) {
      const tried = attempt(securityKey(type, flags));
      const grant = tried.byLine(text(line));
      if (why) refused(tried, grant, why);
      else assert.ok(grant, line);
    }
  }
});

test("an ordinary key says nothing of touch, and nothing is asked", () => {
  assert.ok(attempt(ed25519Key()).byLine(text("verify-required,touch-required")));
});

test("a certificate over each type of key, by each type of authority", () => {
  for (const key of [ed25519Key(), p256Key(), securityKey("ed25519"), securityKey("ecdsa")]) {
    for (const name of ["ca", "ca-ecdsa"]) {
      const certificate = certificateOf(join(folder(), name), key.blob, { principals: "user,other", serial: 42n });
      const parsed = Certificate.parse(certificate)!;
      assert.deepEqual(Buffer.from(parsed.key.blob), key.blob);
      assert.equal(parsed.type, key.algorithm.replace(/(@openssh\.com)?$/, "-cert-v01@openssh.com"));
      const grant = attempt(key, certificate).byLine(text("cert-authority"))!;
      assert.equal(grant.permissions, ALL);
      const ca = readKey(join(folder(), name)).algorithm;
      assert.match(grant.credential, new RegExp(`SHA256:\\S{43} ID "test" \\(serial 42\\) CA ${ca} SHA256:\\S{43}$`));
      assert.equal(attempt(key, certificate).byTrustedAuthority()!.credential, grant.credential);
    }
  }
});

test("an authority that is a security key", () => {
  const key = ed25519Key();
  for (const type of ["ed25519", "ecdsa"] as const) {
    const ca = securityKey(type);
    const signed = Buffer.concat([
      encode("ssh-ed25519-cert-v01@openssh.com", "nonce", key.blob.subarray(-32)),
      Buffer.from("000000000000000100000001", "hex"),
      encode("id", encode("user")),
      Buffer.concat([Buffer.alloc(8), Buffer.alloc(8, 255)]),
      encode("", "", "", ca.blob),
    ]);
    const certificate = Buffer.concat([signed, encode(ca.sign(signed))]);
    assert.ok(attempt(key, certificate).byTrustedAuthority());
    certificate[60]! ^= 1; // in the nonce or the key
    const bad = Certificate.parse(certificate);
    assert.ok(bad === null || !bad.isSignedByAuthority());
  }
});

test("a certificate over a post-quantum key, by a post-quantum authority", () => {
  const [key, ca] = [compositeKey(), compositeKey()];
  const name = new Fields(key.blob).string();
  const signed = Buffer.concat([
    encode("ssh-mldsa44-ed25519-cert-v01@openssh.com", "nonce"),
    key.blob.subarray(4 + name.length),
    Buffer.from("000000000000000000000001", "hex"),
    encode("id", encode("user")),
    Buffer.concat([Buffer.alloc(8), Buffer.alloc(8, 255)]),
    encode("", "", "", ca.blob),
  ]);
  const signature = ca.sign(signed);
  const certificate = Buffer.concat([signed, encode(signature)]);
  const grant = attempt(key, certificate).byTrustedAuthority()!;
  assert.match(grant.credential, /^ssh-mldsa44-ed25519-cert-v01@openssh\.com SHA256:\S+ ID "id" .* CA ssh-mldsa44/);
  assert.ok(attempt(key, certificate).byLine(text("cert-authority")));
  for (const at of [60, signature.length - 1]) {
    const bad = Buffer.from(signature);
    bad[at]! ^= 1; // in ML-DSA's part, and in Ed25519's
    const tried = attempt(key, Buffer.concat([signed, encode(bad)]));
    refused(tried, tried.byTrustedAuthority(), /bad signature/);
  }
});

const span = (from: number, to: number): string => {
  const stamp = (seconds: number): string => new Date((NOW + seconds) * 1000).toISOString().replace(/[-:T]|\..*/g, "");
  return `${stamp(from)}Z:${stamp(to)}Z`;
};

const certificates: [name: string, made: Parameters<typeof certificateOf>[2], line: string, why: RegExp | null][] = [
  ["for the user", { principals: "user" }, "", null],
  ["for others", { principals: "root,users,use" }, "", /principal/],
  ["for nobody", {}, "", /principal/],
  ["for a listed principal", { principals: "staff" }, ',principals="ops,staff"', null],
  ["for the user where others are listed", { principals: "user" }, ',principals="ops,staff"', /principal/],
  ["for nobody where others are listed", {}, ',principals="ops"', /principal/],
  ["for a principal that is only part of one", { principals: "op" }, ',principals="ops"', /principal/],
  ["valid now", { principals: "user", validity: span(0, 1) }, "", null],
  ["not yet valid", { principals: "user", validity: span(1, 9) }, "", /not yet valid/],
  ["expired this second", { principals: "user", validity: span(-9, 0) }, "", /expired/],
  ["a host's", { principals: "user", host: true }, "", /not a user's/],
  ["source-address that fits", { principals: "user", options: ["source-address=192.0.2.0/24"] }, "", null],
  [
    "source-address that doesn't",
    { principals: "user", options: ["source-address=192.0.3.0/24"] },
    "",
    /source-address/,
  ],
  ["from= that doesn't fit", { principals: "user" }, ',from="10.*"', /from=/],
  ["an unknown critical option", { principals: "user", options: ["critical:x@y"] }, "", /unknown critical option, x@y/],
  ["an unknown extension", { principals: "user", options: ["extension:x@y"] }, "", null],
  ["the same forced command twice", { principals: "user", options: ["force-command=ls"] }, ',command="ls"', null],
  ["two forced commands", { principals: "user", options: ["force-command=ls"] }, ',command="id"', /another command/],
  ["a line that has expired", { principals: "user" }, ',expiry-time="20200101Z"', /expired/],
];
for (const [name, made, line, why] of certificates) {
  test(`a certificate: ${name}: ${why ? "refused" : "granted"}`, () => {
    const key = ed25519Key();
    const tried = attempt(key, certificateOf(authority(), key.blob, made));
    const grant = tried.byLine(text(`cert-authority${line}`));
    if (why) refused(tried, grant, why);
    else assert.ok(grant);
    if (line === "") assert.equal(tried.byTrustedAuthority() !== null, why === null);
  });
}

test("a principal without a name is none, though a list has a gap for it", () => {
  const key = ed25519Key();
  for (const list of ["ops,,staff", "ops,", ",", ""]) {
    const tried = attempt(key, certificateOf(authority(), key.blob, { principals: "user" }));
    tried.proof.credential.certificate!.principals = [Buffer.alloc(0)];
    refused(tried, tried.byLine(text(`cert-authority,principals="${list}"`)), /principal/);
  }
});

test("what line and certificate permit together", () => {
  const key = ed25519Key();
  const permissions = (options: string[], line: string): number =>
    attempt(key, certificateOf(authority(), key.blob, { principals: "user", options })).byLine(text(line))!.permissions;
  assert.equal(permissions(["clear"], "cert-authority"), 0);
  assert.equal(permissions(["clear", "permit-pty"], "cert-authority"), TERMINAL);
  assert.equal(permissions([], "cert-authority,restrict"), 0);
  assert.equal(permissions(["no-pty"], "cert-authority,no-port-forwarding"), AGENT_FORWARDING);
});

test("a certified security key goes without a touch only if line and certificate both say so", () => {
  const key = securityKey("ed25519", 0);
  const grant = (options: string[], line: string): Grant | null =>
    attempt(key, certificateOf(authority(), key.blob, { principals: "user", options })).byLine(text(line));
  assert.equal(grant([], "cert-authority"), null);
  assert.equal(grant(["no-touch-required"], "cert-authority"), null);
  assert.equal(grant([], "cert-authority,no-touch-required"), null);
  assert.ok(grant(["no-touch-required"], "cert-authority,no-touch-required"));
  assert.equal(grant(["no-touch-required", "verify-required"], "cert-authority,no-touch-required"), null);
});

test("a forced command of the certificate, of the line, or of both", () => {
  const key = ed25519Key();
  const command = (options: string[], line: string): string => {
    const made = certificateOf(authority(), key.blob, { principals: "user", options });
    return Buffer.from(attempt(key, made).byLine(text(line))!.command!).toString();
  };
  assert.equal(command(["force-command=a b"], "cert-authority"), "a b");
  assert.equal(command([], 'cert-authority,command="a b"'), "a b");
  assert.equal(command(["force-command=x"], 'cert-authority,command="x"'), "x");
});

test("an authority's line admits no key, and a key's line no certificate", () => {
  const key = ed25519Key();
  const certificate = certificateOf(authority(), key.blob, { principals: "user" });
  assert.equal(attempt(key).byLine(text("cert-authority")), null);
  assert.equal(attempt(key, certificate).byLine(text("")), null);
  assert.equal(attempt(key).byTrustedAuthority(), null);
  const tried = attempt(key);
  refused(tried, tried.byLine(text('principals="user"')), /without cert-authority/);
});

test("a certificate with any bit turned is not one, or has a bad signature", () => {
  const key = ed25519Key();
  const certificate = certificateOf(authority(), key.blob, { principals: "user", options: ["source-address=::/0"] });
  for (let i = 0; i < certificate.length; i++) {
    const turned = Buffer.from(certificate);
    turned[i]! ^= 1 << (i & 7);
    const parsed = Certificate.parse(turned);
    assert.ok(parsed === null || !parsed.isSignedByAuthority(), `byte ${i}`);
    assert.equal(Certificate.parse(certificate.subarray(0, i)), null, `${i} bytes`);
  }
  assert.equal(Certificate.parse(Buffer.concat([certificate, Buffer.of(0)])), null);
});

test("options of a certificate come in order, each once, with the data that they need", () => {
  const key = ed25519Key();
  const ca = readKey(authority());
  const flag = (name: string): Buffer => encode(name, "");
  const made = (critical: Buffer, extensions: Buffer): Buffer => {
    const signed = Buffer.concat([
      encode("ssh-ed25519-cert-v01@openssh.com", "nonce", key.blob.subarray(-32)),
      Buffer.from("000000000000000000000001", "hex"),
      encode("id", encode("user")),
      Buffer.concat([Buffer.alloc(8), Buffer.alloc(8, 255)]),
      encode(critical, extensions, "", ca.blob),
    ]);
    return Buffer.concat([signed, encode(ca.sign(signed))]);
  };
  const none = Buffer.alloc(0);
  const bad: Record<string, [critical: Buffer, extensions: Buffer]> = {
    "extensions out of order": [none, Buffer.concat([flag("permit-pty"), flag("no-touch-required")])],
    "an extension twice": [none, Buffer.concat([flag("permit-pty"), flag("permit-pty")])],
    "an extension with data": [none, encode("permit-pty", "x")],
    "an extension cut short": [none, flag("permit-pty").subarray(0, -1)],
    "a command that isn't a string": [encode("force-command", "ls"), none],
    "a command with a NUL": [encode("force-command", encode("l\0s")), none],
    "a flag with data": [encode("verify-required", "1"), none],
    "an address that is none": [encode("source-address", encode("example.org")), none],
    "no address": [encode("source-address", encode("")), none],
    "a negated address": [encode("source-address", encode("!192.0.2.7,0.0.0.0/0")), none],
  };
  assert.ok(attempt(key, made(none, flag("permit-pty"))).byTrustedAuthority());
  for (const [name, [critical, extensions]] of Object.entries(bad)) {
    assert.equal(attempt(key, made(critical, extensions)).byTrustedAuthority(), null, name);
  }
});

test("where the address isn't known, what asks for one refuses", () => {
  assert.equal(attempt(ed25519Key(), undefined, "").byLine(text('from="*"')), null);
  assert.ok(attempt(ed25519Key(), undefined, "").byLine(text("")));
});
