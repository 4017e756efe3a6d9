/**
 * The host key in a written image, and the one that takes its place. Nothing is wiped: what is in an image is no secret to
 * who can read it.
 */
import { equal } from "../../core/bytes/bytes.ts";
import { CredentialHeader } from "../../core/credential/header.ts";
import { SealedCredential } from "../../core/credential/credential.ts";
import { Archive, ArchiveNode } from "../../core/initramfs/archive.ts";
import { fingerprint } from "../../core/ssh/key/fingerprint.ts";
import { keyPairFault, publicKeyFault } from "../../core/ssh/key/key-folder.ts";
import { ed25519 } from "../../core/ssh/key/key-kinds.ts";
import { pcrList } from "../../core/tpm/pcr-selection.ts";
import { Findings } from "./findings.ts";
import { FALLBACK, KEYS, SEALED } from "./start-up.ts";

export class ImageHostKey {
  isSealed: bool;
  /** Beside a sealed one there is another that is fit for use. */
  hasFallback: bool = false;
  /** A secret key is there as it is: whoever can read the image has it. */
  isBare: bool = false;
  /** What there is to say of the keys, in lines. */
  text: string = "";
  private archive: Archive;
  private findings: Findings;

  constructor(archive: Archive, findings: Findings) {
    this.archive = archive;
    this.findings = findings;
    this.isSealed = this.file(SEALED, ed25519.secretFile) != null;
    if (this.isSealed) this.readSealed();
    else this.readBare();
  }

  private file(folder: string, name: string): ArchiveNode | null {
    const node = this.archive.find(folder + "/" + name);
    return node != null && node.isFile() ? node : null;
  }

  private readBare(): void {
    const fault = this.pairFault(KEYS);
    if (fault.length > 0) this.findings.fault("no host key: " + fault);
    else this.describe("host key", KEYS, "not sealed");
  }

  private readSealed(): void {
    const fallbackFault = this.pairFault(FALLBACK);
    const fault = this.sealedFault();
    this.hasFallback = fallbackFault.length == 0;
    if (fault.length > 0) {
      if (this.hasFallback) this.findings.warn(fault + ": there will be the fallback host key alone");
      else this.findings.fault("no host key: " + fault);
    }
    if (this.hasFallback) this.describe("fallback host key", FALLBACK, "not sealed");
    else if (this.file(FALLBACK, ed25519.secretFile) != null)
      this.findings.warn("no fallback host key: " + fallbackFault);
    else
      this.findings.warn("there is no fallback host key: nobody can log in once the TPM refuses to unseal the other");
  }

  /** Why nothing can come of the sealed key; otherwise it is described. */
  private sealedFault(): string {
    const publicKey = this.file(SEALED, ed25519.publicFile);
    if (publicKey == null) return SEALED + " has no " + ed25519.publicFile;
    const fault = publicKeyFault(ed25519, publicKey.content);
    if (fault.length > 0) return SEALED + ": " + fault;
    const sealed = SealedCredential.parse(this.file(SEALED, ed25519.secretFile)!.content);
    if (sealed == null) return SEALED + "/" + ed25519.secretFile + " is no credential, or it is damaged";
    if (sealed.header.kind.usesHost) return "the sealed host key needs a file of the running system as well";
    if (!sealed.header.kind.usesTpm) {
      this.findings.warn("the host key is sealed with no key: everybody can open it");
      this.isBare = true;
    }
    const fallback = this.file(FALLBACK, ed25519.publicFile);
    if (fallback != null && equal(fallback.content, publicKey.content)) {
      this.findings.warn("the fallback host key is the sealed one: whoever can read the image has it");
    }
    this.describe("host key", SEALED, bindingOf(sealed.header));
    return "";
  }

  /** Why the pair in `folder` is of no use; empty if it is. */
  private pairFault(folder: string): string {
    const publicKey = this.file(folder, ed25519.publicFile);
    const secret = this.file(folder, ed25519.secretFile);
    if (secret == null) return folder + " has no " + ed25519.secretFile;
    if (publicKey == null) return folder + " has no " + ed25519.publicFile;
    const fault = keyPairFault(ed25519, publicKey.content, secret.content);
    if (fault.length > 0) return folder + ": " + fault;
    if (!secret.isSecret()) this.findings.warn(secret.path() + " can be read by others than root");
    this.isBare = true;
    return "";
  }

  private describe(what: string, folder: string, how: string): void {
    const publicKey = this.file(folder, ed25519.publicFile)!.content;
    this.text += what + " " + fingerprint(ed25519.blob(publicKey)) + " (" + how + ")\n";
  }
}

function bindingOf(header: CredentialHeader): string {
  let binding = "sealed by the TPM";
  if (!header.kind.usesTpm) return "not sealed by a TPM";
  if (header.pcrs != 0) binding += " to PCR " + pcrList(header.pcrs);
  if (header.kind.isSigned) binding += ", in states that are signed, of PCR " + pcrList(header.signedPcrs);
  return binding;
}
