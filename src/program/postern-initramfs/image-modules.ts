/** The kernel modules of a written image, and those of them that this machine needs for its network and its TPM. */
import { ascii, printable } from "../../core/bytes/text.ts";
import { Archive, ArchiveNode } from "../../core/initramfs/archive.ts";
import { readFile } from "../../linux/file.ts";
import { linkAt } from "../../linux/folder.ts";
import { baseName } from "../../linux/path.ts";
import { Root } from "../unlock/root.ts";
import { Findings } from "./findings.ts";
import { FolderView } from "./image-view.ts";

/** Where they are, `lib` being a link to `usr/lib` or not. */
const MODULES: string = "lib/modules";
const BUILT_IN: string = "modules.builtin";
const BUILT_IN_LIMIT: i32 = 1048576;
const ENDING: string = ".ko";

/** Files of sysfs: Documentation/ABI/testing/sysfs-class-net, sysfs-class-tpm. */
const DEVICES: string = "/sys/devices";
const INTERFACES: string = "/sys/class/net";
const TPM: string = "/sys/class/tpm/tpm0";
/** What modules have that were loaded, and others don't: Documentation/ABI/testing/sysfs-module. */
const LOADED: string = "/initstate";
/** Folders that interfaces have which no passphrase comes by at boot. */
const WIRELESS: string[] = ["wireless", "phy80211"];

export class ImageModules {
  private names: Set<string> = new Set<string>();
  private root: Root;

  /** `root`: the system that the image is for, and its /sys. */
  constructor(archive: Archive, root: Root) {
    this.root = root;
    const folder = archive.find(MODULES);
    if (folder != null) this.read(archive, folder);
  }

  /** Also true for what the kernel has built in. */
  has(module: string): bool {
    return this.names.has(normal(module));
  }

  /** Looks for the drivers of the machine's wired interfaces: one of these has to have all of its. */
  checkInterfaces(findings: Findings): void {
    const interfaces = new FolderView(this.root.to(INTERFACES)).names("");
    const missing = new Array<string>();
    let isReachable = false;
    for (let i = 0; i < interfaces.length; i++) {
      const path = INTERFACES + "/" + interfaces[i];
      if (!this.isWired(path)) continue;
      const modules = this.missing(path);
      if (modules.length == 0) isReachable = true;
      else missing.push("it has no driver for " + interfaces[i] + ": the module " + modules.join(", ") + " is missing");
    }
    for (let i = 0; i < missing.length; i++) {
      if (isReachable) findings.warn(missing[i]);
      else findings.fault(missing[i]);
    }
  }

  /** Looks for the TPM's driver. `hasFallback`: there is a host key for when the TPM can't be reached. */
  checkTpm(findings: Findings, hasFallback: bool): void {
    const modules = this.missing(TPM);
    if (modules.length == 0) return;
    const what =
      "it has no driver for the TPM, which the host key needs: the module " + modules.join(", ") + " is missing";
    if (hasFallback) findings.warn(what);
    else findings.fault(what);
  }

  private isWired(path: string): bool {
    const target = linkAt(this.root.to(path));
    if (target == null || printable(target).includes("/virtual/")) return false;
    const view = new FolderView(this.root.to(path));
    return !view.has(WIRELESS[0]) && !view.has(WIRELESS[1]);
  }

  /** Modules of the drivers of the device at `path`, and of all that it hangs on, which the image doesn't have. */
  private missing(path: string): string[] {
    const missing = new Array<string>();
    const target = linkAt(this.root.to(path));
    if (target == null) return missing;
    const start = printable(target).indexOf("/devices/");
    let device = start < 0 ? DEVICES : "/sys" + printable(target).substring(start);
    while (device.length > DEVICES.length) {
      const module = this.moduleOf(device);
      if (module.length > 0 && !this.has(module) && !missing.includes(module)) missing.push(module);
      device = device.substring(0, device.lastIndexOf("/"));
    }
    return missing;
  }

  /** The module of a device's driver; empty if it has no driver, or the running kernel has that built in. */
  private moduleOf(device: string): string {
    const path = device + "/driver/module";
    const link = linkAt(this.root.to(path));
    return link == null || !this.root.has(ascii(path + LOADED)) ? "" : printable(baseName(link));
  }

  /** `folder`: with a folder for each kernel. */
  private read(archive: Archive, folder: ArchiveNode): void {
    this.walk(folder);
    for (let i = 0; i < folder.names.length; i++) {
      const own = archive.find(folder.path() + "/" + folder.names[i] + "/" + BUILT_IN);
      const path = this.root.to("/" + MODULES + "/" + folder.names[i] + "/" + BUILT_IN);
      this.addLines(own != null ? own.content : readFile(path, BUILT_IN_LIMIT).bytes);
    }
  }

  private walk(folder: ArchiveNode): void {
    for (let i = 0; i < folder.names.length; i++) {
      const node = folder.child(folder.names[i])!;
      if (node.isFolder()) this.walk(node);
      else this.add(node.name);
    }
  }

  private addLines(list: Uint8Array): void {
    const lines = printable(list).split("?"); // what isn't printable, such as a line's end
    for (let i = 0; i < lines.length; i++) this.add(lines[i].substring(lines[i].lastIndexOf("/") + 1));
  }

  /** `file`: `NAME.ko`, perhaps with the ending of a compressed file. */
  private add(file: string): void {
    const end = file.indexOf(ENDING);
    if (end > 0) this.names.add(normal(file.substring(0, end)));
  }
}

/** Of modules' names the kernel takes both marks as one. */
function normal(module: string): string {
  return module.replaceAll("-", "_");
}
