/** What opens credentials on this machine, where systemd keeps it. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { SIGNATURES_BYTES } from "../../core/credential/pcr-signatures.ts";
import { HOST_SECRET_BYTES, KeySource } from "../../core/credential/unsealing.ts";
import { describe } from "../../core/tpm/response-meaning.ts";
import { Tpm } from "../../core/tpm/tpm.ts";
import { flushLeftovers } from "../../core/tpm/workspace.ts";
import { variable } from "../../linux/arguments.ts";
import { readFile } from "../../linux/file.ts";
import { LinuxTpmLink } from "../tpm/tpm-link.ts";

/** systemd's, and the variable by which it is told of another one. */
const HOST_SECRET: string = "/var/lib/systemd/credential.secret";
const HOST_SECRET_VARIABLE: string = "SYSTEMD_CREDENTIAL_SECRET";

/** Where a kernel image's signatures may be, the first that is there: where systemd looks, and where its boot stub puts them. */
const SIGNATURES: string[] = [
  "/etc/systemd/tpm2-pcr-signature.json",
  "/run/systemd/tpm2-pcr-signature.json",
  "/usr/lib/systemd/tpm2-pcr-signature.json",
  "/.extra/tpm2-pcr-signature.json",
];

export class LinuxKeySource extends KeySource {
  readonly link: LinuxTpmLink;
  /** The file of signatures; EMPTY: where systemd looks. */
  private signatures: Uint8Array;
  private opened: Tpm | null = null;

  /** `tpm`: its name, as on the command line. */
  constructor(tpm: Uint8Array, signatures: Uint8Array) {
    super();
    this.link = LinuxTpmLink.named(tpm);
    this.signatures = signatures;
  }

  static hostSecretPath(): Uint8Array {
    const path = variable(HOST_SECRET_VARIABLE);
    return path == null ? ascii(HOST_SECRET) : path;
  }

  hostSecretFile(): Uint8Array {
    return readFile(LinuxKeySource.hostSecretPath(), HOST_SECRET_BYTES).bytes;
  }

  signatureFile(): Uint8Array {
    if (this.signatures.length > 0) return readFile(this.signatures, SIGNATURES_BYTES).bytes;
    let bytes = EMPTY;
    for (let i = 0; i < SIGNATURES.length && bytes.length == 0; i++) {
      bytes = readFile(ascii(SIGNATURES[i]), SIGNATURES_BYTES).bytes;
    }
    return bytes;
  }

  tpm(): Tpm | null {
    if (this.opened != null) return this.opened;
    if (!this.link.device.open()) return null;
    this.opened = new Tpm(this.link);
    if (!this.link.device.isManaged) flushLeftovers(this.opened!);
    return this.opened;
  }

  /** What is wrong with the TPM. `code`: its response. */
  describe(code: u32): string {
    const fault = this.link.device.fault;
    return fault.length > 0 ? fault : describe(code);
  }
}
