/** Pseudo-terminals, pty(7): a master for us, a slave that is the user's. */
import { call, whole } from "./sys.ts";
import { closeOnExec, close, O_NOCTTY, O_CLOEXEC, O_RDWR, setNonBlocking } from "./descriptor.ts";
import { putU16, u32At } from "./layout.ts";
import { open } from "./file.ts";
import { applyModes, TERMIOS_BYTES } from "./terminal-modes.ts";
import { NO_ID } from "./user.ts";
import { ascii } from "../core/bytes/text.ts";

const TCGETS: i32 = 0x5401;
const TCSETS: i32 = 0x5402;
const TCSBRKP: i32 = 0x5425;
const TIOCSWINSZ: i32 = 0x5414;
const TIOCSPTLCK: i32 = 0x40045431;
const TIOCGPTN: u32 = 0x80045430;
const TIOCGPTPEER: i32 = 0x5441;

/** Readable and writable by the user; if the group is that of terminals, writable by it too: write(1). */
const MODE_OWN_GROUP: i32 = 0o600;
const MODE_TERMINAL_GROUP: i32 = 0o620;

function ioctl(descriptor: i32, request: u32, argument: i64): i32 {
  return call(16, 29, descriptor, request, argument);
}

export class Pty {
  /** Our end, which does not wait; closing it hangs the terminal up. */
  master: i32 = -1;
  /** The child's end; we keep it only until the child runs. */
  slave: i32 = -1;
  /** `/dev/pts/3` */
  path: string = "";
  /** What went wrong in `open`: the negative errno. */
  error: i32 = 0;

  /** A new terminal; on failure its `error` is set. */
  static open(): Pty {
    const pty = new Pty();
    pty.master = open(ascii("/dev/ptmx"), O_RDWR);
    // A chroot may have a devpts mounted and nothing else in /dev.
    if (pty.master < 0) pty.master = open(ascii("/dev/pts/ptmx"), O_RDWR);
    if (pty.master < 0) {
      pty.error = pty.master;
      return pty;
    }
    const number = new Uint8Array(4);
    ioctl(pty.master, TIOCSPTLCK, whole(number)); // unlocks: number is 0
    pty.error = ioctl(pty.master, TIOCGPTN, whole(number));
    if (pty.error == 0) {
      pty.path = `/dev/pts/${u32At(number, 0)}`;
      pty.slave = ioctl(pty.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
      // Before Linux 4.13 only the path leads to the slave.
      if (pty.slave < 0) pty.slave = open(ascii(pty.path), O_RDWR);
      if (pty.slave < 0) pty.error = pty.slave;
    }
    if (pty.error == 0) {
      closeOnExec(pty.slave);
      setNonBlocking(pty.master);
    } else {
      pty.close();
    }
    return pty;
  }

  /**
   * Makes the slave the user's. Refused on a file system that is read-only or has no owners: then it stays as it is. An
   * ordinary user can't give it to the group of terminals, unless it has that already.
   */
  giveTo(user: u32, group: u32, terminalGroup: u32): void {
    const isTerminals = terminalGroup != NO_ID && call(93, 55, this.slave, user, terminalGroup) == 0; // fchown
    if (!isTerminals) call(93, 55, this.slave, user, group);
    call(91, 52, this.slave, isTerminals ? MODE_TERMINAL_GROUP : MODE_OWN_GROUP); // fchmod
  }

  /** Applies modes as in RFC 4254 section 8. */
  setModes(modes: Uint8Array): void {
    const termios = new Uint8Array(TERMIOS_BYTES);
    if (ioctl(this.slave, TCGETS, whole(termios)) < 0) return;
    applyModes(termios, modes);
    ioctl(this.slave, TCSETS, whole(termios));
  }

  /** A program in it gets SIGWINCH. More than 65535 of anything is 65535. */
  resize(columns: u32, rows: u32, widthPixels: u32, heightPixels: u32): void {
    const size = new Uint8Array(8); // struct winsize
    putU16(size, 0, u16(rows));
    putU16(size, 2, u16(columns));
    putU16(size, 4, u16(widthPixels));
    putU16(size, 6, u16(heightPixels));
    ioctl(this.master, TIOCSWINSZ, whole(size));
  }

  /** Breaks the line for `milliseconds`; what a pseudo-terminal makes of it is the kernel's. */
  sendBreak(milliseconds: u32): bool {
    return ioctl(this.master, TCSBRKP, (milliseconds / 100) as i64) == 0;
  }

  closeSlave(): void {
    close(this.slave);
    this.slave = -1;
  }

  close(): void {
    this.closeSlave();
    close(this.master);
    this.master = -1;
  }
}

function u16(value: u32): i32 {
  return value > 0xffff ? 0xffff : (value as i32);
}
