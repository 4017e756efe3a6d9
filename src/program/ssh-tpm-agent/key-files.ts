/**
 * The TPM keys in a folder and those below it: files that end in `.tpm`, and beside NAME.tpm the certificate
 * NAME-cert.pub. What isn't a key that can be used is passed over.
 */
import { concat, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, isText, printable } from "../../core/bytes/text.ts";
import { Agent } from "../../core/ssh/agent/agent.ts";
import { Constraints } from "../../core/ssh/agent/constraints.ts";
import { IDENTITIES_LIMIT } from "../../core/ssh/agent/identity.ts";
import { Signer } from "../../core/ssh/agent/signer.ts";
import { TPM_KEY_FILE_BYTES } from "../../core/tpm/key-file.ts";
import { close, O_DIRECTORY, O_RDONLY } from "../../linux/descriptor.ts";
import { open, readFile } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { FolderListing } from "../../linux/folder-listing.ts";
import { log } from "../log.ts";
import { certificatePath, endsWith, KEY_SUFFIX } from "../tpm/key-names.ts";
import { PublicKeyFile } from "../tpm/public-key-file.ts";

/** Folders below folders, at most. */
const DEPTH_LIMIT: i32 = 16;

export class KeyFiles {
  private folder: Uint8Array;
  private agent: Agent;
  private paths: Uint8Array[] = new Array<Uint8Array>();
  /** Those that are loaded. */
  private signers: Signer[] = new Array<Signer>();

  constructor(folder: Uint8Array, agent: Agent) {
    this.folder = folder;
    this.agent = agent;
  }

  /** Loads all keys, in the order of their paths; those that were loaded before go. */
  load(): void {
    this.unload();
    this.search(this.folder, 0);
    for (let i = 0; i < this.paths.length; i++) this.loadFile(this.paths[i]);
    this.paths = new Array<Uint8Array>();
  }

  private unload(): void {
    const list = this.agent.identities.list;
    for (let i = list.length - 1; i >= 0; i--) {
      if (this.signers.includes(list[i].signer)) this.agent.remove(list[i]);
    }
    this.signers = new Array<Signer>();
  }

  private search(folder: Uint8Array, depth: i32): void {
    const descriptor = open(folder, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) {
      log.debug("unable to look for keys in " + printable(folder));
      return;
    }
    const status = new FileStatus();
    const listing = new FolderListing();
    while (listing.read(descriptor) > 0) {
      while (listing.next()) {
        if (isText(listing.name, ".") || isText(listing.name, "..")) continue;
        const path = concat(concat(folder, ascii("/")), listing.name);
        if (status.ofPath(path, false) < 0) continue;
        if (status.isFolder()) {
          if (depth < DEPTH_LIMIT) this.search(path, depth + 1);
        } else if (endsWith(path, KEY_SUFFIX) && this.paths.length < IDENTITIES_LIMIT) {
          this.insert(path);
        }
      }
    }
    close(descriptor);
  }

  /** Keeps the paths in their order. */
  private insert(path: Uint8Array): void {
    let at = this.paths.length;
    this.paths.push(path);
    for (; at > 0 && comparePaths(this.paths[at - 1], path) > 0; at--) this.paths[at] = this.paths[at - 1];
    this.paths[at] = path;
  }

  private loadFile(path: Uint8Array): void {
    const status = new FileStatus();
    if (status.ofPath(path, true) < 0 || !status.isRegular()) return;
    const contents = readFile(path, TPM_KEY_FILE_BYTES);
    if (contents.error < 0) {
      log.warning("unable to read " + printable(path), contents.error);
      return;
    }
    const signer = this.agent.host.openTpmKey(contents.bytes);
    if (signer == null) return;
    const present = this.agent.identities.signerOf(signer.blob);
    if (present != null && !this.signers.includes(present)) {
      signer.wipe(); // who has added it may have done so with conditions, which are not to be lifted
      log.debug("in the list already: " + printable(path));
      return;
    }
    if (signer.comment.length == 0) signer.comment = path;
    const certificate = PublicKeyFile.read(certificatePath(path)).blob;
    const added = this.agent.add(signer, EMPTY, new Constraints());
    if (added) this.signers.push(signer);
    if (added && certificate.length > 0) this.agent.add(signer, certificate, new Constraints());
    log.debug((added ? "loaded " : "did not load ") + printable(path));
  }
}

/** Byte by byte, the shorter first. */
function comparePaths(a: Uint8Array, b: Uint8Array): i32 {
  const shorter = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < shorter; i++) {
    if (a[i] != b[i]) return (a[i] as i32) - (b[i] as i32);
  }
  return a.length - b.length;
}
