/**
 * Sockets between two processes that keep records apart (SOCK_SEQPACKET, unix(7)), over which descriptors can be passed.
 * A record is sent and received whole or not at all; an empty one stands for the end.
 */
import { address, call, whole } from "./sys.ts";
import { O_CLOEXEC } from "./descriptor.ts";
import { i32At, i64At, putI64, putU32, u32At } from "./layout.ts";
import { ECONNRESET, EINTR } from "./errno.ts";
import { EMPTY } from "../core/bytes/bytes.ts";

const AF_UNIX: i32 = 1;
const SOCK_SEQPACKET: i32 = 5;
const SOL_SOCKET: u32 = 1;
const SCM_RIGHTS: u32 = 1;
const MSG_PEEK: i32 = 0x02;
const MSG_TRUNC: i32 = 0x20;
const MSG_DONTWAIT: i32 = 0x40;
const MSG_NOSIGNAL: i32 = 0x4000;
const MSG_CMSG_CLOEXEC: i32 = 0x40000000;

const SIOCOUTQ: i32 = 0x5411;

/** Descriptors that one record can carry. */
const DESCRIPTORS_LIMIT: i32 = 3;
/** Bytes of struct cmsghdr, and of one with that many descriptors behind it. */
const CONTROL_HEADER: i32 = 16;
const CONTROL_BYTES: i32 = 32;

const message: Uint8Array = new Uint8Array(56); // struct msghdr: name, iovec, control, flags
const vector: Uint8Array = new Uint8Array(16); // struct iovec
const control: Uint8Array = new Uint8Array(CONTROL_BYTES);

/** Both ends of a socket, closed by execve. */
export class RecordSockets {
  near: i32;
  far: i32;

  constructor(near: i32, far: i32) {
    this.near = near;
    this.far = far;
  }

  /** Null if the system has no descriptors left. */
  static open(): RecordSockets | null {
    const ends = new Uint8Array(8);
    if (call(53, 199, AF_UNIX, SOCK_SEQPACKET | O_CLOEXEC, 0, whole(ends)) < 0) return null; // socketpair
    return new RecordSockets(i32At(ends, 0), i32At(ends, 4));
  }
}

/** Fills the message header: `bytes`, and room for or content of that many bytes of control data. */
function prepare(bytes: Uint8Array, controlBytes: i32): void {
  putI64(vector, 0, address(bytes, 0, bytes.length));
  putI64(vector, 8, bytes.length as i64);
  message.fill(0);
  putI64(message, 16, whole(vector));
  putI64(message, 24, 1);
  if (controlBytes == 0) return;
  putI64(message, 32, whole(control));
  putI64(message, 40, controlBytes as i64);
}

/** Sends a record, with descriptors of which the receiver gets copies. Never waits. Negative errno on failure. */
export function sendRecord(socket: i32, record: Uint8Array, descriptors: i32[]): i32 {
  const length = CONTROL_HEADER + 4 * descriptors.length;
  prepare(record, descriptors.length == 0 ? 0 : length);
  putI64(control, 0, length as i64);
  putU32(control, 8, SOL_SOCKET);
  putU32(control, 12, SCM_RIGHTS);
  for (let i = 0; i < descriptors.length; i++) putU32(control, CONTROL_HEADER + 4 * i, descriptors[i] as u32);
  let n = -EINTR;
  while (n == -EINTR) n = call(46, 211, socket, whole(message), MSG_DONTWAIT | MSG_NOSIGNAL); // sendmsg
  return n;
}

/** Bytes that were sent and nobody has received yet, with what the kernel keeps of each record besides. */
export function unheard(socket: i32): i32 {
  const bytes = new Uint8Array(4);
  return call(16, 29, socket, SIOCOUTQ, whole(bytes)) < 0 ? 0 : i32At(bytes, 0); // ioctl
}

/** ECONNRESET, said once: the other end was closed with something unread. What it had sent before is still to come. */
function receive(socket: i32, flags: i32): i32 {
  let n = -EINTR;
  while (n == -EINTR || n == -ECONNRESET) n = call(47, 212, socket, whole(message), flags); // recvmsg
  return n;
}

/**
 * Waits for the next record. Empty at the end of the stream, or if it has more than `limit` bytes. `descriptors`: such
 * may come with it; those that come to somebody who wants none are closed by the kernel.
 */
export function receiveRecord(socket: i32, limit: i32, descriptors: bool): Uint8Array {
  prepare(EMPTY, 0);
  const length = receive(socket, MSG_PEEK | MSG_TRUNC);
  if (length <= 0 || length > limit) return EMPTY;
  const record = new Uint8Array(length);
  prepare(record, descriptors ? CONTROL_BYTES : 0);
  return receive(socket, MSG_CMSG_CLOEXEC) == length ? record : EMPTY;
}

/** The descriptors that came with the record that was received last. */
export function passedDescriptors(): i32[] {
  const descriptors = new Array<i32>();
  const present = i64At(message, 40) >= (CONTROL_HEADER as i64) && u32At(control, 12) == SCM_RIGHTS;
  const count = present ? (i32At(control, 0) - CONTROL_HEADER) >> 2 : 0;
  for (let i = 0; i < count && i < DESCRIPTORS_LIMIT; i++) descriptors.push(i32At(control, CONTROL_HEADER + 4 * i));
  return descriptors;
}
