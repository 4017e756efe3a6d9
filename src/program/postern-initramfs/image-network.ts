/** Whether anything in a written image gives the machine an address. What can't be told for certain is but a warning. */
import { holdsText, printable } from "../../core/bytes/text.ts";
import { settingOf } from "../../core/initramfs/unit-file.ts";
import { asksForAddress } from "./patience.ts";
import { Findings } from "./findings.ts";
import { ImageModules } from "./image-modules.ts";
import { ImageView } from "./image-view.ts";

const NETWORKD: string = "usr/lib/systemd/systemd-networkd";
/** Of systemd-networkd's configuration: systemd.network(5). */
const FOLDERS: string[] = ["etc/systemd/network", "usr/lib/systemd/network"];
/** How files begin that systemd brings along: of containers and of virtual machines that it starts itself. */
const SYSTEMDS: string = "80-";
/** The kernel's command line, as dracut has it in an image. */
const COMMAND_LINES: string = "etc/cmdline.d";
/** What else reads `ip=` and has an address: dracut's network modules, NetworkManager. */
const OTHERS: string[] = ["usr/sbin/ifup", "sbin/ifup", "usr/sbin/NetworkManager", "usr/bin/NetworkManager"];
/** initramfs-tools' settings. */
const SETTINGS: string = "conf";

/** Kinds of interfaces that are made of others, and their modules: systemd.netdev(5). */
const KINDS: string[] = ["vlan", "bond", "bridge", "macvlan", "wireguard", "team"];
const MODULES: string[] = ["8021q", "bonding", "bridge", "macvlan", "wireguard", "team"];

export class ImageNetwork {
  private image: ImageView;
  private findings: Findings;

  constructor(image: ImageView, findings: Findings) {
    this.image = image;
    this.findings = findings;
  }

  /** `isAsked`: the kernel's command line has `ip=`. */
  checkSystemd(modules: ImageModules, isAsked: bool): void {
    const asks: bool = isAsked || this.asksItself();
    let hasNetwork = false;
    for (let i = 0; i < FOLDERS.length; i++) {
      const names = this.image.names(FOLDERS[i]);
      for (let j = 0; j < names.length; j++) {
        if (names[j].endsWith(".network") && !names[j].startsWith(SYSTEMDS)) hasNetwork = true;
        if (names[j].endsWith(".netdev")) this.checkDevice(FOLDERS[i] + "/" + names[j], modules);
      }
    }
    if (this.image.has(NETWORKD)) {
      if (!hasNetwork && !asks) this.findings.warn("systemd-networkd has no .network file in it, and there is no ip=");
      return;
    }
    for (let i = 0; i < OTHERS.length; i++) {
      if (!this.image.has(OTHERS[i])) continue;
      if (!asks)
        this.findings.warn("no ip= on the kernel's command line is known (--cmdline), which its network needs");
      return;
    }
    this.findings.warn("nothing in it is known to bring the network up");
  }

  /** initramfs-tools asks for an address by DHCP unless it is told something else. */
  checkInitramfsTools(): void {
    const folder = SETTINGS + "/conf.d";
    const names = this.image.names(folder);
    let ip = settingOf(this.image.text(SETTINGS + "/initramfs.conf"), "IP");
    for (let i = 0; i < names.length; i++) {
      const own = settingOf(this.image.text(folder + "/" + names[i]), "IP");
      if (own.length > 0) ip = own;
    }
    if (holdsText(ip, "none") || holdsText(ip, "off"))
      this.findings.warn("its settings keep the network down: IP=" + printable(ip));
  }

  private asksItself(): bool {
    const names = this.image.names(COMMAND_LINES);
    for (let i = 0; i < names.length; i++) {
      if (asksForAddress(this.image.text(COMMAND_LINES + "/" + names[i]))) return true;
    }
    return false;
  }

  private checkDevice(path: string, modules: ImageModules): void {
    const at = KINDS.indexOf(printable(settingOf(this.image.text(path), "Kind")));
    if (at >= 0 && !modules.has(MODULES[at]))
      this.findings.warn(path + " needs the module " + MODULES[at] + ", which is missing");
  }
}
