/** How the server of a written image is started, and on which port. */
import { decimalWithin, holdsText } from "../../core/bytes/text.ts";
import { Archive } from "../../core/initramfs/archive.ts";
import { listenPort } from "../../core/initramfs/unit-file.ts";
import { INITRAMFS_TOOLS } from "./builder.ts";
import { Findings } from "./findings.ts";
import { ImageView } from "./image-view.ts";
import { HOST_KEY_SERVICE, SERVE, SERVICE, SOCKET, UNITS, WANTS } from "./staged-names.ts";

const SYSTEMD: string = "lib/systemd/systemd";
/** In what `serve` runs: the port follows. */
const LISTEN: string = "--listen '*:";
const QUOTE: u8 = 39;

export class ImageStart {
  /** Systemd starts it; otherwise a script of initramfs-tools does. */
  isSystemd: bool;
  /** 0 if that can't be told. */
  port: i32 = 0;
  private archive: Archive;
  private image: ImageView;
  private findings: Findings;

  /** `builder`: of the image; empty if that isn't known. `isSealed`: there is a sealed host key. */
  constructor(archive: Archive, image: ImageView, findings: Findings, builder: string, isSealed: bool) {
    this.archive = archive;
    this.image = image;
    this.findings = findings;
    this.isSystemd = builder.length > 0 ? builder != INITRAMFS_TOOLS : image.has(UNITS + SOCKET);
    if (!image.has(UNITS + SOCKET) && !image.has(SERVE))
      findings.fault("nothing in it starts the server: there is neither " + UNITS + SOCKET + " nor " + SERVE);
    else if (this.isSystemd) this.readUnits(isSealed);
    else this.readScript();
  }

  private readUnits(isSealed: bool): void {
    const init = this.archive.find("init");
    if (init == null || !init.path().endsWith(SYSTEMD)) {
      this.findings.fault("its /init is not systemd, which starts the server");
    }
    this.needUnit(SOCKET, "ListenStream=");
    this.needUnit(SERVICE, "/usr/bin/postern sshd ");
    this.needWanted(SOCKET);
    if (isSealed) {
      this.needUnit(HOST_KEY_SERVICE, "/usr/bin/postern host-key ");
      this.needWanted(HOST_KEY_SERVICE);
    }
    this.port = listenPort(this.image.text(UNITS + SOCKET));
    if (this.port == 0) this.findings.fault(UNITS + SOCKET + " listens on no port");
  }

  private needUnit(unit: string, words: string): void {
    if (!holdsText(this.image.text(UNITS + unit), words)) {
      this.findings.fault(UNITS + unit + " is missing, or not what postern initramfs stage writes");
    }
  }

  private needWanted(unit: string): void {
    if (!this.image.has(WANTS + unit)) {
      this.findings.fault("nothing starts " + unit + ": " + WANTS + unit + " is missing, or leads nowhere");
    }
  }

  private readScript(): void {
    const serve = this.archive.find(SERVE);
    if (serve == null || !serve.isProgram()) this.findings.fault(SERVE + " is no program");
    this.port = listenOption(this.image.text(SERVE));
    if (this.port == 0) this.findings.fault(SERVE + " listens on no port");
    const folders = this.image.names("scripts");
    for (let i = 0; i < folders.length; i++) if (this.isStartedIn("scripts/" + folders[i])) return;
    this.findings.fault("no script of initramfs-tools that would run starts " + SERVE);
  }

  /** True if a script that will run starts the server: initramfs-tools runs those that are listed in ORDER. */
  private isStartedIn(folder: string): bool {
    const order = this.image.text(folder + "/ORDER");
    const names = this.image.names(folder);
    for (let i = 0; i < names.length; i++) {
      const path = folder + "/" + names[i];
      const script = this.archive.find(path);
      if (script == null || !script.isProgram() || !holdsText(script.content, SERVE)) continue;
      if (holdsText(order, "/" + path)) return true;
    }
    return false;
  }
}

/** The port in a server's words; 0 if there is none. */
function listenOption(text: Uint8Array): i32 {
  for (let at = 0; at + LISTEN.length < text.length; at++) {
    if (!holdsText(text.subarray(at, at + LISTEN.length), LISTEN)) continue;
    const start = at + LISTEN.length;
    const port = decimalWithin(text, start, text.indexOf(QUOTE, start));
    return port < 0 ? 0 : port;
  }
  return 0;
}
