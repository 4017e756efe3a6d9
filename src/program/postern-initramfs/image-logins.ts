/** Who can log in to a written image, as the server will see it: root's account, home and shell, and authorized_keys. */
import { printable } from "../../core/bytes/text.ts";
import { Archive, ArchiveNode } from "../../core/initramfs/archive.ts";
import { KeySurvey } from "../../core/ssh/auth/key-survey.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { AUTHORIZED_KEYS_BYTES } from "../sshd/authorized-keys-file.ts";
import { Findings } from "./findings.ts";
import { ImageView } from "./image-view.ts";
import { OtherContents } from "./other-contents.ts";
import { AUTHORIZED_KEYS } from "./start-up.ts";

/** Shells that let nobody do anything. */
const REFUSING: string[] = ["nologin", "false", "true"];
const STICKY: u32 = 0o1000;

export class ImageLogins {
  /** Keys by which root can log in. */
  usable: i32 = 0;
  private archive: Archive;
  private findings: Findings;

  constructor(archive: Archive, image: ImageView, findings: Findings, port: i32) {
    this.archive = archive;
    this.findings = findings;
    this.checkAccount(new OtherContents(image, port), port);
    this.checkKeys();
  }

  private checkAccount(found: OtherContents, port: i32): void {
    if (found.passwd.length > 0) {
      this.findings.fault("root is not in its etc/passwd");
      return;
    }
    if (found.fault.length > 0) this.findings.fault(found.fault);
    else this.checkShell(found.shell);
    const home = printable(found.home);
    const folder = this.archive.find(home);
    if (folder == null || !folder.isFolder()) this.findings.fault("root's home, /" + home + ", is not in the image");
    if (found.clashes) this.findings.fault(`port ${port} is taken: ` + found.otherServer + " is in the image, too");
    else if (found.otherServer.length > 0)
      this.findings.warn("another SSH server, " + found.otherServer + `, is in it: both must not have port ${port}`);
  }

  private checkShell(shell: string): void {
    const program = this.archive.find(shell);
    if (program == null || !program.isProgram()) this.findings.fault("root's shell, /" + shell + ", is no program");
    else if (REFUSING.includes(shell.substring(shell.lastIndexOf("/") + 1)))
      this.findings.fault("root's shell, /" + shell + ", lets nobody in");
  }

  private checkKeys(): void {
    const file = this.archive.find(AUTHORIZED_KEYS);
    if (file == null || !file.isFile()) {
      this.findings.fault("it has no " + AUTHORIZED_KEYS);
      return;
    }
    if (file.size > (AUTHORIZED_KEYS_BYTES as u32)) this.findings.fault(AUTHORIZED_KEYS + " is too large");
    const distrusted = distrustedOnTheWay(file);
    if (distrusted != null)
      this.findings.fault(
        "/" + distrusted.path() + " can be changed by others than root: the server takes no keys from there",
      );
    const survey = new KeySurvey(file.content, wallClock().time());
    this.usable = survey.usable;
    for (let i = 0; i < survey.refusals.length; i++)
      this.findings.warn(AUTHORIZED_KEYS + ": nobody gets in by " + survey.refusals[i]);
    if (survey.usable == 0) this.findings.fault(AUTHORIZED_KEYS + ": no key in it lets anybody in");
  }
}

/** The file, or the folder above it, for which the server would refuse it (authorized-keys-file.ts); null if none. */
function distrustedOnTheWay(file: ArchiveNode): ArchiveNode | null {
  if (!file.isRoots()) return file;
  let folder = file.parent;
  while (folder != null && folder.parent != null) {
    const isShared: bool = folder.owner == 0 && (folder.mode & STICKY) != 0;
    if (!folder.isRoots() && !isShared) return folder;
    folder = folder.parent;
  }
  return null;
}
