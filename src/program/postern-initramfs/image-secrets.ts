/** Secrets of the running system that have come into an image, which anybody can read who gets hold of the boot partition. */
import { settingOf } from "../../core/initramfs/unit-file.ts";
import { ArchiveNode } from "../../core/initramfs/archive.ts";
import { Findings } from "./findings.ts";
import { FOLDER } from "./staged-names.ts";

/** Settings that are secret: systemd.netdev(5), wg(8). */
const SETTINGS: string[] = ["PrivateKey", "PresharedKey", "Password"];
/** Files that have such settings. */
const ENDINGS: string[] = [".netdev", ".network", ".conf"];
const FOLDERS: string[] = ["etc/systemd/network", "usr/lib/systemd/network", "etc/wireguard"];
/** Files that are named: more than that isn't read by anybody. */
const MOST: i32 = 16;

export class ImageSecrets {
  private findings: Findings;
  private found: i32 = 0;

  constructor(findings: Findings) {
    this.findings = findings;
  }

  /** Looks through all that is in `folder`. */
  check(folder: ArchiveNode): void {
    const path = folder.path();
    if (path == FOLDER) return;
    for (let i = 0; i < folder.names.length; i++) {
      const node = folder.child(folder.names[i])!;
      if (node.isFolder()) this.check(node);
      else if (node.isPrivateKey) this.tell(node, "is a private key");
      else if (FOLDERS.includes(path) && isSecret(node)) this.tell(node, "has a secret in it");
    }
  }

  private tell(node: ArchiveNode, what: string): void {
    this.found++;
    if (this.found > MOST) return;
    const others = node.isSecret() ? "" : ", and every program in it can";
    this.findings.warn(node.path() + " " + what + ": whoever gets the image can read it" + others);
  }
}

function isSecret(node: ArchiveNode): bool {
  for (let i = 0; i < ENDINGS.length; i++) {
    if (!node.name.endsWith(ENDINGS[i])) continue;
    for (let j = 0; j < SETTINGS.length; j++) if (settingOf(node.content, SETTINGS[j]).length > 0) return true;
  }
  return false;
}
