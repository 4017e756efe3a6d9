/** Who may log in: authorized_keys, lists of revoked keys, addresses, and what a login is granted. */
import { fromBase64 } from "../../../src/core/bytes/base64.ts";
import { EMPTY, equal } from "../../../src/core/bytes/bytes.ts";
import { ascii, printable } from "../../../src/core/bytes/text.ts";
import { hostText, parseAddress } from "../../../src/core/ip-address.ts";
import { lookUp, MALFORMED } from "../../../src/core/ssh/auth/address-list.ts";
import { AuthorizedKeys } from "../../../src/core/ssh/auth/authorized-keys.ts";
import { Grant } from "../../../src/core/ssh/auth/grant.ts";
import { KeyProof } from "../../../src/core/ssh/auth/key-proof.ts";
import { LoginAttempt } from "../../../src/core/ssh/auth/login-attempt.ts";
import { Credential } from "../../../src/core/ssh/key/credential.ts";
import { RevokedKeys } from "../../../src/core/ssh/key/revoked-keys.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { Codec, expect, Target } from "../target.ts";

/** A moment in 2023, in seconds since 1970. */
const NOW: f64 = 1700000000;

/** The key of specimens.ts, and its certificate there for `user`, whose authority is the key itself. */
const KEY: string = "AAAAC3NzaC1lZDI1NTE5AAAAIGEgcHVibGljIGtleSBvZiB0aGlydHktdHdvIGJ5dGVz";
const CERTIFICATE: string =
  "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAABW5vbmNlAAAAIGEgcHVibGljIGtleSBvZiB0aGlydHktdHdvIGJ5dGVzAAAA" +
  "AAAAAAkAAAABAAAABG5hbWUAAAAIAAAABHVzZXIAAAAAAAAAAP//////////AAAAAAAAADAAAAAKcGVybWl0LXB0eQAAAAAAAAAWcGVybWl0LXBv" +
  "cnQtZm9yd2FyZGluZwAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACBhIHB1YmxpYyBrZXkgb2YgdGhpcnR5LXR3byBieXRlcwAAAFMAAAAL" +
  "c3NoLWVkMjU1MTkAAABAAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==";

function credential(base64: string): Credential {
  return Credential.parse(fromBase64(ascii(base64))!)!;
}

/** An authorized_keys file, asked about the key and about the certificate. */
export class AuthorizedKeysFile extends Target {
  constructor() {
    super("authorized-keys");
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    const byKey = this.ask(input, credential(KEY), out);
    this.ask(input, credential(CERTIFICATE), out);
    const listed = printable(input).includes(KEY);
    expect(!byKey || listed, "a key is admitted that isn't there");
  }

  private ask(file: Uint8Array, by: Credential, out: Writer): bool {
    const proof = new KeyProof(ascii("user"), by, EMPTY, EMPTY);
    const keys = new AuthorizedKeys(file);
    const grant = keys.grant(new LoginAttempt(proof, parseAddress(ascii("127.0.0.1"))!, NOW));
    out.boolean(keys.failed);
    for (let i = 0; i < keys.refusals.length; i++) out.text(keys.refusals[i]);
    out.boolean(grant != null);
    if (grant == null) return false;
    const w = new Writer(64);
    grant.encode(w);
    out.raw(w.written());
    const r = new Reader(w.written());
    const again = new Writer(64);
    Grant.decode(r).encode(again);
    expect(r.ok() && equal(again.written(), w.written()), "a grant survives its encoding");
    return true;
  }
}

/** A list of revoked keys, of either form. */
export class RevokedKeysFile extends Target {
  constructor() {
    super("revoked-keys");
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    this.ask(input, credential(KEY), out);
    this.ask(input, credential(CERTIFICATE), out);
  }

  private ask(file: Uint8Array, by: Credential, out: Writer): void {
    const keys = new RevokedKeys(file);
    const revoked = keys.revokes(by);
    expect(revoked || keys.error.length == 0, "a list that can't be read revokes every key");
    out.boolean(revoked);
    out.text(keys.error);
  }
}

/** An address on the first line, a list on the second. */
export class Addresses extends Target {
  constructor() {
    super("addresses");
  }

  run(input: Uint8Array, out: Writer): void {
    const feed = input.indexOf(10);
    const address = parseAddress(feed < 0 ? input : input.subarray(0, feed));
    const list = feed < 0 ? EMPTY : input.subarray(feed + 1);
    out.boolean(address != null);
    if (address != null) {
      const text = ascii(hostText(address));
      const again = parseAddress(text);
      expect(again != null && equal(again, address), "an address is read as it was written");
      expect(lookUp(text, address, false) == 1, "an address is on the list of itself");
      out.string(text);
    }
    const asked = address == null ? EMPTY : address;
    const patterns = lookUp(list, asked, true);
    const networks = lookUp(list, asked, false);
    expect(patterns != MALFORMED || networks == MALFORMED, "what is no list with patterns is none without them");
    out.uint32((patterns + 1) as u32);
    out.uint32((networks + 1) as u32);
  }
}

/** What one process tells another that a login is granted. */
export class Grants extends Target {
  private codec: Codec = new Codec(-1, "", (r: Reader, w: Writer) => Grant.decode(r).encode(w));

  constructor() {
    super("grant");
  }

  run(input: Uint8Array, out: Writer): void {
    this.codec.check(input, out);
    const grant = Grant.decode(new Reader(input));
    out.boolean(grant.leadsTo(ascii("localhost"), 22));
  }
}
