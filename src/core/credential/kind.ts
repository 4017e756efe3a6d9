/** What a credential is encrypted with: the identifiers that systemd's files begin with. */
import { equal } from "../bytes/bytes.ts";
import { fromHex } from "../bytes/hex.ts";
import { ascii } from "../bytes/text.ts";

export const ID_BYTES: i32 = 16;

export class CredentialKind {
  /** As `systemd-creds --with-key` has it. */
  readonly name: string;
  readonly id: Uint8Array;
  /** It takes the secret that systemd keeps on the machine's disk. */
  readonly usesHost: bool;
  /** It takes a secret that the TPM has sealed. */
  readonly usesTpm: bool;
  /** The TPM gives it out in states of the machine that the holder of a key has signed. */
  readonly isSigned: bool;

  constructor(name: string, id: string, usesHost: bool, usesTpm: bool, isSigned: bool) {
    this.name = name;
    this.id = fromHex(ascii(id))!;
    this.usesHost = usesHost;
    this.usesTpm = usesTpm;
    this.isSigned = isSigned;
  }
}

/** Those of a user's credentials, of systemd 256 and later, are left out: who starts a machine is no user yet. */
const kinds: CredentialKind[] = [
  new CredentialKind("null", "058469daf6f54324800549da0f8ea2fb", false, false, false),
  new CredentialKind("host", "5a1c6a86df9d4096b1d5a65e0862f19a", true, false, false),
  new CredentialKind("tpm2", "0c7cc07b117645919c4b0bea08bc20fe", false, true, false),
  new CredentialKind("host+tpm2", "93a894094874449090caf2fc93cab553", true, true, false),
  new CredentialKind("tpm2-with-public-key", "faf7eb9341e3412ca1a436f95a29362f", false, true, true),
  new CredentialKind("host+tpm2-with-public-key", "af4950a849134eb1a73846304ff30c05", true, true, true),
];

/** The kind that `id` stands for; null if it is unknown. */
export function kindWithId(id: Uint8Array): CredentialKind | null {
  for (let i = 0; i < kinds.length; i++) if (equal(kinds[i].id, id)) return kinds[i];
  return null;
}

export function kindOfKeys(usesHost: bool, usesTpm: bool, isSigned: bool): CredentialKind {
  let i = 0;
  while (kinds[i].usesHost != usesHost || kinds[i].usesTpm != usesTpm || kinds[i].isSigned != isSigned) i++;
  return kinds[i];
}
