/** Everybody who may ask for a disk's passphrase. */
import { Disk, findDisk } from "./disk.ts";
import { passfifoDisks } from "./passfifo-disks.ts";
import { Root } from "./root.ts";
import { systemdDisks } from "./systemd-disks.ts";
import { zfsDisks } from "./zfs.ts";

/** The disks that wait now, each once. `withZfs`: those too whose keys can be loaded without being asked. */
export function waitingDisks(root: Root, withZfs: bool): Disk[] {
  const disks = new Array<Disk>();
  add(disks, systemdDisks(root));
  add(disks, passfifoDisks(root));
  if (withZfs) add(disks, zfsDisks(root));
  return disks;
}

function add(disks: Disk[], more: Disk[]): void {
  for (let i = 0; i < more.length; i++) {
    if (findDisk(disks, more[i]) == null) disks.push(more[i]);
  }
}
