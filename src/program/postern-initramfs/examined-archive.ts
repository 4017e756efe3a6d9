/** The files of a written image, with the contents of those that are looked into. */
import { CREDENTIAL_TEXT_BYTES } from "../../core/credential/credential.ts";
import { Archive } from "../../core/initramfs/archive.ts";
import { TEXT_LIMIT } from "./image-view.ts";
import { DROPBEAR_CONFIGURATION } from "./other-contents.ts";
import { PROGRAM } from "./staged-names.ts";

/** Of the executable: many times its size. */
const PROGRAM_LIMIT: i32 = 4194304;

/** What a kernel has built in: Debian's list has 30 KB. */
const BUILT_IN: string = "/modules.builtin";
const BUILT_IN_LIMIT: i32 = 1048576;

/** Where there are texts that tell how an image starts, who is in it, and what has secrets in it. */
const FOLDERS: string[] = [
  "usr/lib/postern/",
  "usr/lib/systemd/system/",
  "usr/lib/systemd/network/",
  "lib/systemd/system/",
  "etc/systemd/system/",
  "etc/systemd/network/",
  "etc/wireguard/",
  "etc/cmdline.d/",
  "scripts/",
  "conf/",
];

export class ExaminedArchive extends Archive {
  limitOf(path: string): i32 {
    if (path == PROGRAM) return PROGRAM_LIMIT;
    if (path.startsWith("etc/postern/")) return CREDENTIAL_TEXT_BYTES;
    if (path == "etc/passwd" || path == DROPBEAR_CONFIGURATION) return TEXT_LIMIT;
    if (path.endsWith(BUILT_IN)) return BUILT_IN_LIMIT;
    for (let i = 0; i < FOLDERS.length; i++) if (path.startsWith(FOLDERS[i])) return TEXT_LIMIT;
    return 0;
  }
}
