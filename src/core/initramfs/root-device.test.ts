import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceUnit, RootDevice } from "./root-device.ts";

const impatient = (line: string): string => Buffer.from(RootDevice.of(Buffer.from(line)).impatient()).toString();

const devices: [commandLine: string, device: string][] = [
  ["quiet root=UUID=12-ab rw\n", "/dev/disk/by-uuid/12-ab"],
  ["root=LABEL=my/disk", "/dev/disk/by-label/my\\x2fdisk"],
  ['"root=LABEL=my disk" ro', "/dev/disk/by-label/my\\x20disk"],
  ['root="LABEL=my disk" ro', "/dev/disk/by-label/my\\x20disk"],
  ["root=LABEL='a'", "/dev/disk/by-label/a"],
  ["root=PARTUUID=1 root=PARTLABEL=root", "/dev/disk/by-partlabel/root"],
  ["root=/dev/disk/by-uuid/1", "/dev/disk/by-uuid/1"],
  ["root=/dev/group/volume", "/dev/group/volume"],
  // No reason to worry: systemd waits, or somebody has said how long, or there is no device.
  ["root=/dev/mapper/root", ""],
  ["root=UUID=1 rootflags=subvol=@,x-systemd.device-timeout=0", ""],
  ["root=zfs:pool/root", ""],
  ["root=/dev/nfs", ""],
  ["root=/dev/", ""],
  ["root=UUID=", ""],
  ["root=", ""],
  ["notroot=UUID=1 rd.luks.uuid=1", ""],
  ["", ""],
];

for (const [line, device] of devices) {
  test(`${JSON.stringify(line)}: ${device || "none"}`, () => assert.equal(impatient(line), device));
}

test("the unit of a device", () => {
  const unit = deviceUnit(Buffer.from("/dev/disk/by-label/my\\x20disk"));
  assert.equal(Buffer.from(unit).toString(), "dev-disk-by\\x2dlabel-my\\x5cx20disk.device");
});
