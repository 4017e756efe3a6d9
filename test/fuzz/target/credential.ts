/** Sealed credentials, and what goes with them. */
import { copyOf, equal } from "../../../src/core/bytes/bytes.ts";
import { CredentialHeader } from "../../../src/core/credential/header.ts";
import { credentialText, encryptCredential, SealedCredential } from "../../../src/core/credential/credential.ts";
import { SignatureSearch } from "../../../src/core/credential/pcr-signatures.ts";
import { SigningKey } from "../../../src/core/credential/signing-key.ts";
import { ALG_SHA256 } from "../../../src/core/tpm/constants.ts";
import { PcrValues } from "../../../src/core/tpm/pcr-values.ts";
import { PublicArea } from "../../../src/core/tpm/public-area.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

/** Credentials without their base64. What the kernels seal lies open. */
export class SealedCredentials extends Target {
  constructor() {
    super("sealed-credential");
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    const r = new Reader(input);
    const header = CredentialHeader.decode(r);
    const sealed = SealedCredential.parse(credentialText(input));
    expect(header != null || sealed == null, "what is sealed has a header");
    if (header == null) return;
    const w = new Writer(64);
    header.encode(w);
    const prefix = w.written();
    expect(equal(prefix, copyOf(input, 0, prefix.length)), "a header is written as it was read");
    expect(prefix.length == input.length - r.left(), "and as long as it was");
    out.text(header.kind.name);
    if (header.kind.isSigned) {
      const key = SigningKey.parse(header.publicKey);
      if (key != null) expect(PublicArea.decode(key.area) != null, "a key's area can be read");
      out.boolean(key != null);
    }
    if (sealed == null) return;
    const key = new Uint8Array(32);
    const credential = sealed.open(key);
    out.boolean(credential != null);
    if (credential == null) return;
    out.boolean(credential.isExpired(1e9));
    expect(equal(encryptCredential(header, credential, key), input), "a credential is written as it was read");
    out.string(credential.data);
  }
}

/** Files of signatures, and lists of PCRs. */
export class MachineStates extends Target {
  constructor() {
    super("machine-state");
  }

  run(input: Uint8Array, out: Writer): void {
    const zeros = new Uint8Array(32);
    const search = new SignatureSearch(ALG_SHA256, 1 << 11, zeros, zeros);
    const signature = search.in(input);
    expect(signature.length == 0 || (search.keyIsThere && !search.bad), "a signature is by the key");
    out.boolean(search.bad);
    out.boolean(search.keyIsThere);
    out.string(signature);
    const values = PcrValues.parse(input);
    const again = PcrValues.parse(values.text(values.mask));
    expect(again.mask == values.mask && again.differing(values, values.mask) == 0, "a list is read as it was written");
    out.uint32(values.mask);
  }
}
