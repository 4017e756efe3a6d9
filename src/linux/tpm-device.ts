/**
 * Where a TPM is, and the way to it: the kernel's device, with its resource manager (tpmrm0) or without (tpm0), or the
 * socket of a TPM in software, which takes the same bytes.
 *
 * Names are those of tpm2-tools (TPM2TOOLS_TCTI): `device:/dev/tpmrm0`, `swtpm:path=/run/tpm.sock`,
 * `swtpm:host=127.0.0.1,port=2321`; and a path alone, of a device or a socket.
 */
import { concat, EMPTY } from "../core/bytes/bytes.ts";
import { ascii, isText, printable, startsWithText } from "../core/bytes/text.ts";
import { Reader } from "../core/wire/reader.ts";
import { now } from "./clock.ts";
import { close, O_CLOEXEC, O_RDWR, read, write } from "./descriptor.ts";
import { EACCES, EAGAIN, EBUSY, EINTR, ENOENT, ENXIO, errorText } from "./errno.ts";
import { open } from "./file.ts";
import { InternetAddress } from "./internet-address.ts";
import { connectLocally, SOCK_STREAM } from "./local-socket.ts";
import { POLLIN, POLLOUT, PollSet } from "./poll.ts";
import { connectWithin } from "./socket.ts";

/** What any command may take, in milliseconds: the kernel gives the slowest, which make RSA keys, five minutes. */
const COMMAND_TIMEOUT: f64 = 300000;
const CONNECT_TIMEOUT: f64 = 5000;
/** TPM2_MAX_RESPONSE_SIZE of the kernel: a device gives a response in one piece. */
const RESPONSE_LIMIT: i32 = 4096;
const HEADER_BYTES: i32 = 10;

const MANAGED: string = "/dev/tpmrm0";
const RAW: string = "/dev/tpm0";

export class TpmDevice {
  /** What a command may take, in milliseconds. */
  timeout: f64 = COMMAND_TIMEOUT;
  /** Why it can't be opened, in words for people; empty if nothing is wrong. */
  fault: string = "";
  /** What is wrong with the name. */
  private misnomer: string = "";
  /** Others are kept apart from us, and what we leave is flushed, by the kernel. */
  isManaged: bool = false;
  private path: Uint8Array = EMPTY;
  /** Where `path` is none. */
  private address: InternetAddress | null = null;
  private descriptor: i32 = -1;

  /** `name`: see above; EMPTY for the kernel's own. Nothing is opened yet. */
  constructor(name: Uint8Array) {
    if (name.length == 0) this.path = ascii(MANAGED);
    else if (startsWithText(name, "device:")) this.path = name.subarray(7);
    else if (startsWithText(name, "swtpm:")) this.locate(name.subarray(6));
    else if (name[0] == 47) this.path = name;
    else
      this.misnomer =
        printable(name) +
        ": not a TPM's name; it is a path, device:PATH, swtpm:path=PATH or swtpm:host=ADDRESS,port=PORT";
    this.isManaged = startsWithText(this.path, "/dev/tpmrm");
  }

  /** What is behind `swtpm:`. */
  private locate(words: Uint8Array): void {
    let host = ascii("127.0.0.1");
    let port = ascii("2321");
    let rest = words;
    while (rest.length > 0) {
      const comma = rest.indexOf(44);
      const word = comma < 0 ? rest : rest.subarray(0, comma);
      rest = comma < 0 ? EMPTY : rest.subarray(comma + 1);
      if (startsWithText(word, "path=")) this.path = word.subarray(5);
      else if (startsWithText(word, "host=")) host = word.subarray(5);
      else if (startsWithText(word, "port=")) port = word.subarray(5);
      else this.misnomer = "swtpm:" + printable(words) + ": unknown: " + printable(word);
    }
    if (this.path.length > 0) return;
    const numbers = isText(host, "localhost") ? ascii("127.0.0.1") : host;
    this.address = InternetAddress.parse(concat(concat(numbers, ascii(":")), port));
    if (this.address == null && this.misnomer.length == 0)
      this.misnomer = "swtpm:" + printable(words) + ": not an address and a port";
  }

  isOpen(): bool {
    return this.descriptor >= 0;
  }

  /** True if the TPM can be reached; else `fault` says why not. */
  open(): bool {
    if (this.descriptor >= 0) return true;
    this.fault = this.misnomer;
    if (this.fault.length > 0) return false;
    const address = this.address;
    if (address != null) this.descriptor = connectWithin(address, CONNECT_TIMEOUT);
    else {
      this.descriptor = openPath(this.path);
      if (this.descriptor == -ENOENT && isText(this.path, MANAGED)) {
        this.descriptor = openPath(ascii(RAW));
        this.isManaged = this.descriptor < 0;
      }
    }
    if (this.descriptor >= 0) return true;
    this.fault =
      "unable to open the TPM" + this.where() + ": " + errorText(-this.descriptor) + advice(-this.descriptor);
    return false;
  }

  private where(): string {
    return this.path.length > 0 ? " " + printable(this.path) : "";
  }

  /** Sends a command and waits for its response; EMPTY, and closed, if there is none. */
  transmit(command: Uint8Array): Uint8Array {
    if (!this.open()) return EMPTY;
    const response = this.exchange(command, now() + this.timeout);
    if (response.length == 0) this.close();
    return response;
  }

  private exchange(command: Uint8Array, deadline: f64): Uint8Array {
    const waiting = new PollSet(1);
    for (let at = 0; at < command.length;) {
      const n = write(this.descriptor, command, at, command.length - at);
      if (n > 0) at += n;
      else if (n != -EAGAIN && n != -EINTR) return EMPTY;
      else if (!this.wait(waiting, POLLOUT, deadline)) return EMPTY;
    }
    const response = new Uint8Array(RESPONSE_LIMIT);
    let length = 0;
    while (length < HEADER_BYTES || length < sizeOf(response)) {
      if (!this.wait(waiting, POLLIN, deadline)) return EMPTY;
      const n = read(this.descriptor, response, length, RESPONSE_LIMIT - length);
      if (n == -EINTR || n == -EAGAIN) continue;
      if (n <= 0) return EMPTY;
      length += n;
    }
    return response.subarray(0, length);
  }

  private wait(waiting: PollSet, events: i32, deadline: f64): bool {
    waiting.clear();
    waiting.add(this.descriptor, events);
    const left = deadline - now();
    return left > 0 && (waiting.wait(left) > 0 || now() < deadline);
  }

  close(): void {
    if (this.descriptor >= 0) close(this.descriptor);
    this.descriptor = -1;
  }
}

/** The size that a response says it has; at most what there is room for. */
function sizeOf(response: Uint8Array): i32 {
  const size = new Reader(response.subarray(2)).uint32();
  return size > (RESPONSE_LIMIT as u32) ? RESPONSE_LIMIT : (size as i32);
}

/** A device, or a socket, which open(2) says ENXIO of. */
function openPath(path: Uint8Array): i32 {
  const descriptor = open(path, O_RDWR | O_CLOEXEC);
  return descriptor == -ENXIO ? connectLocally(path, SOCK_STREAM) : descriptor;
}

function advice(errno: i32): string {
  if (errno == ENOENT) return "; is there a TPM, and is it turned on in the firmware?";
  if (errno == EACCES) return "; usermod -aG tss lets a user use it";
  return errno == EBUSY ? "; another program uses it" : "";
}
