/**
 * Login records, utmp(5): who is logged in now (utmp) and who was (wtmp). They are kept only where the files exist:
 * nothing is made anew.
 */
import { address, call, whole } from "./sys.ts";
import { close, O_APPEND, O_RDWR, O_WRONLY, read, write } from "./descriptor.ts";
import { putI64, putU16, putU32, u16At } from "./layout.ts";
import { open } from "./file.ts";
import { FileStatus } from "./file-status.ts";
import { sleep } from "./clock.ts";
import { wallClock } from "./wall-clock.ts";
import { AF_INET, InternetAddress } from "./internet-address.ts";
import { EMPTY } from "../core/bytes/bytes.ts";
import { ascii } from "../core/bytes/text.ts";

const UTMP: string = "/var/run/utmp";
const WTMP: string = "/var/log/wtmp";

/** glibc's struct utmp: on x86-64 its times have 32 bits, for the sake of i386. */
const RECORD: i32 = AARCH64 ? 400 : 384;
const PID: i32 = 4;
const LINE: i32 = 8;
const LINE_BYTES: i32 = 32;
const ID: i32 = 40;
const ID_BYTES: i32 = 4;
const USER: i32 = 44;
const USER_BYTES: i32 = 32;
const HOST: i32 = 76;
const HOST_BYTES: i32 = 256;
const TIME: i32 = AARCH64 ? 344 : 340;
const ADDRESS: i32 = AARCH64 ? 360 : 348;

const USER_PROCESS: i32 = 7;
const DEAD_PROCESS: i32 = 8;
/** Records of utmp that are looked through for one to use again. */
const SEARCH_LIMIT: i32 = 65536;

const F_SETLK: i32 = 6;
/** Attempts to get the lock, and the milliseconds between them. */
const LOCK_ATTEMPTS: i32 = 20;
const LOCK_PAUSE: f64 = 5;
const F_WRLCK: i32 = 1;
const SEEK_SET: i32 = 0;

/** One login, from its start to its end. */
export class LoginRecord {
  private record: Uint8Array = new Uint8Array(RECORD);
  private utmp: bool = false;
  private wtmp: bool = false;

  /** Writes the beginning. `terminal`: the path of the slave; `pid`: the shell's. False if a file was not to be had. */
  begin(pid: i32, terminal: string, user: Uint8Array, host: string, remote: InternetAddress | null): bool {
    const line = ascii(terminal).subarray(5); // without /dev/
    putU16(this.record, 0, USER_PROCESS);
    putU32(this.record, PID, pid as u32);
    put(this.record, LINE, LINE_BYTES, line);
    put(this.record, ID, ID_BYTES, line.length > ID_BYTES ? line.subarray(line.length - ID_BYTES) : line);
    put(this.record, USER, USER_BYTES, user);
    put(this.record, HOST, HOST_BYTES, ascii(host));
    if (remote != null) putAddress(this.record, remote);
    this.utmp = this.write(UTMP);
    this.wtmp = this.write(WTMP);
    return this.utmp && this.wtmp;
  }

  /** Writes the end. */
  end(): void {
    putU16(this.record, 0, DEAD_PROCESS);
    put(this.record, USER, USER_BYTES, EMPTY);
    put(this.record, HOST, HOST_BYTES, EMPTY);
    this.record.fill(0, ADDRESS, ADDRESS + 16);
    if (this.utmp) this.write(UTMP);
    if (this.wtmp) this.write(WTMP);
  }

  private write(path: string): bool {
    const clock = wallClock();
    const seconds = (clock.day as i64) * 86400 + (clock.seconds as i64);
    const microseconds = clock.milliseconds * 1000;
    if (AARCH64) {
      putI64(this.record, TIME, seconds);
      putI64(this.record, TIME + 8, microseconds as i64);
    } else {
      putU32(this.record, TIME, seconds as u32);
      putU32(this.record, TIME + 4, microseconds as u32);
    }
    return path == UTMP ? this.replace() : this.append();
  }

  /** In utmp a terminal has one record, which is used over and over. */
  private replace(): bool {
    const file = open(ascii(UTMP), O_RDWR);
    if (file < 0) return false;
    lock(file);
    const other = new Uint8Array(RECORD);
    let at = 0;
    while (at < SEARCH_LIMIT && read(file, other, 0, RECORD) == RECORD) {
      const type = u16At(other, 0);
      if ((type == USER_PROCESS || type == DEAD_PROCESS) && sameLine(other, this.record)) break;
      at++;
    }
    // pwrite64
    const n = call(18, 68, file, address(this.record, 0, RECORD), RECORD, (at as i64) * (RECORD as i64));
    close(file); // and with it the lock
    return n == RECORD;
  }

  private append(): bool {
    const file = open(ascii(WTMP), O_WRONLY | O_APPEND);
    if (file < 0) return false;
    lock(file);
    const before = new FileStatus();
    const known = before.ofDescriptor(file) >= 0;
    const n = write(file, this.record, 0, RECORD);
    // A full disk took a part of it: that would put all later records out of step.
    if (known && n > 0 && n < RECORD) call(77, 46, file, before.size()); // ftruncate
    close(file);
    return n == RECORD;
  }
}

/**
 * A lock on all of the file, as the C library takes it (fcntl(2)). Everybody may read utmp, and who may read may hold a
 * lock against us for ever; so a lock that can't be had soon is done without.
 */
function lock(file: i32): void {
  const flock = new Uint8Array(32);
  putU16(flock, 0, F_WRLCK);
  putU16(flock, 2, SEEK_SET);
  for (let i = 0; i < LOCK_ATTEMPTS && call(72, 25, file, F_SETLK, whole(flock)) < 0; i++) sleep(LOCK_PAUSE);
}

/** A field: cut short if it is too long, filled up with NULs. */
function put(record: Uint8Array, at: i32, length: i32, text: Uint8Array): void {
  record.fill(0, at, at + length);
  record.set(text.length > length ? text.subarray(0, length) : text, at);
}

function putAddress(record: Uint8Array, remote: InternetAddress): void {
  record.fill(0, ADDRESS, ADDRESS + 16);
  record.set(remote.family == AF_INET ? remote.bytes.subarray(0, 4) : remote.bytes, ADDRESS);
}

function sameLine(a: Uint8Array, b: Uint8Array): bool {
  for (let i = LINE; i < LINE + LINE_BYTES; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}
