/** Credentials, opened: by whatever keys they need, and only for what they are for. */
import { EMPTY, equal, wipe } from "../bytes/bytes.ts";
import { printable } from "../bytes/text.ts";
import { ALG_SHA256 } from "../tpm/constants.ts";
import { Tpm } from "../tpm/tpm.ts";
import { Credential, credentialKey, SealedCredential } from "./credential.ts";
import { DAMAGED, EXPIRED, NO_HOST_SECRET, NO_KEY, OTHER_NAME, TPM_FAILURE } from "./fault.ts";
import { CredentialHeader } from "./header.ts";
import { TpmUnsealing } from "./tpm-unsealing.ts";

/** In the file of the host's secret, ahead of it: which machine it is of. */
const MACHINE_BYTES: i32 = 16;
/** systemd makes it of 4096 bytes, and takes it up to this. */
export const HOST_SECRET_BYTES: i32 = 65536;

/** Where keys come from: asked only for what a credential needs. */
export abstract class KeySource {
  /** The content of systemd's credential.secret, which is wiped when it was used; EMPTY if there is none. */
  abstract hostSecretFile(): Uint8Array;

  /** The content of a file of signatures (pcr-signatures.ts); EMPTY if there is none. */
  abstract signatureFile(): Uint8Array;

  /** Null if it can't be reached. */
  abstract tpm(): Tpm | null;
}

export class Unsealing {
  /** 0, or why there is no credential: see fault.ts. */
  fault: i32 = 0;
  /** The same in words for people; empty if it is TPM_FAILURE, of which `code` says more. */
  words: string = "";
  /** The TPM's response code; 0 if it can't be reached. */
  code: u32 = 0;
  /** Of the SHA-256 bank, the PCRs that it is bound to; 0 if there are none. */
  pcrs: u32 = 0;
  private source: KeySource;

  constructor(source: KeySource) {
    this.source = source;
  }

  /**
   * The credential in `text`, to be wiped; null if it can't be had. `name`: what it is to be used as, EMPTY for whatever;
   * `now`: in seconds since 1970; `keyless`: one that anybody can have made is taken, too.
   */
  open(text: Uint8Array, name: Uint8Array, now: f64, keyless: bool): Credential | null {
    const sealed = SealedCredential.parse(text);
    if (sealed == null) return this.fail(DAMAGED, "it is no credential, of an unknown kind, or damaged");
    const kind = sealed.header.kind;
    if (!kind.usesHost && !kind.usesTpm && !keyless)
      return this.fail(NO_KEY, "it is not encrypted with any key: anybody can read it, and can have written it");
    const key = this.keyOf(sealed.header);
    if (key == null) return null;
    const credential = sealed.open(key);
    wipe(key);
    if (credential == null)
      return this.fail(DAMAGED, "it is damaged" + (kind.usesHost ? ", or another machine has sealed it" : ""));
    if (name.length > 0 && credential.name.length > 0 && !equal(name, credential.name))
      this.fail(OTHER_NAME, "it is to be used as " + printable(credential.name) + ", not as " + printable(name));
    else if (credential.isExpired(now)) this.fail(EXPIRED, "its time is over");
    if (this.fault == 0) return credential;
    credential.wipe();
    return null;
  }

  private keyOf(header: CredentialHeader): Uint8Array | null {
    let hostFile = EMPTY;
    let tpmSecret = EMPTY;
    if (header.kind.usesHost) {
      hostFile = this.source.hostSecretFile();
      if (hostFile.length <= MACHINE_BYTES) this.fail(NO_HOST_SECRET, "the machine has no secret to open it with");
    }
    if (header.kind.usesTpm && this.fault == 0) tpmSecret = this.tpmSecret(header);
    const key = this.fault == 0 ? credentialKey(secretIn(hostFile), tpmSecret) : null;
    wipe(hostFile);
    wipe(tpmSecret);
    return key;
  }

  private tpmSecret(header: CredentialHeader): Uint8Array {
    const tpm = this.source.tpm();
    if (tpm == null) {
      this.fail(TPM_FAILURE, "");
      return EMPTY;
    }
    if (header.bank == ALG_SHA256) this.pcrs = header.pcrs;
    const unsealing = new TpmUnsealing(tpm, header, header.kind.isSigned ? this.source.signatureFile() : EMPTY);
    const secret = unsealing.secret();
    this.fault = unsealing.fault;
    this.words = unsealing.words;
    this.code = unsealing.code;
    return secret;
  }

  private fail(fault: i32, words: string): Credential | null {
    this.fault = fault;
    this.words = words;
    return null;
  }
}

/** The secret in a file of the host's. */
export function secretIn(hostFile: Uint8Array): Uint8Array {
  return hostFile.length > MACHINE_BYTES ? hostFile.subarray(MACHINE_BYTES) : EMPTY;
}
