/** TCP sockets: listening, accepting, the options that latency depends on. Results are descriptors or negative errno. */
import { address, call, whole } from "./sys.ts";
import { i32At, putU32 } from "./layout.ts";
import { close } from "./descriptor.ts";
import { EINPROGRESS, ETIMEDOUT } from "./errno.ts";
import { AF_INET, AF_INET6, InternetAddress } from "./internet-address.ts";
import { POLLOUT, PollSet } from "./poll.ts";

const SOCK_STREAM: i32 = 1;
const SOCK_NONBLOCK: i32 = 0o4000;
const SOCK_CLOEXEC: i32 = 0o2000000;
const SOL_SOCKET: i32 = 1;
const SO_REUSEADDR: i32 = 2;
const SO_ERROR: i32 = 4;
const SO_KEEPALIVE: i32 = 9;
const SO_ACCEPTCONN: i32 = 30;
const IPPROTO_TCP: i32 = 6;
const TCP_NODELAY: i32 = 1;
const TCP_QUICKACK: i32 = 12;
const IPPROTO_IPV6: i32 = 41;
const IPV6_V6ONLY: i32 = 26;
const SHUT_WR: i32 = 1;

/** Connections that the kernel holds until they are accepted: its own upper limit by default (SOMAXCONN). */
const BACKLOG: i32 = 4096;
/** Longer than any address that is read here. */
const NAME_BYTES: i32 = 128;

const option: Uint8Array = new Uint8Array(4);

function setOption(socket: i32, level: i32, name: i32, value: u32): i32 {
  putU32(option, 0, value);
  return call(54, 208, socket, level, name, whole(option), 4);
}

/** The value of an option of SOL_SOCKET, or the negative errno. */
function readOption(socket: i32, name: i32): i32 {
  const length = new Uint8Array(4);
  putU32(length, 0, 4);
  putU32(option, 0, 0);
  const error = call(55, 209, socket, SOL_SOCKET, name, whole(option), whole(length)); // getsockopt
  return error < 0 ? error : i32At(option, 0);
}

/** A socket that listens, does not wait, and is closed by execve. */
export function listenOn(local: InternetAddress): i32 {
  const socket = call(41, 198, local.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return socket;
  setOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (local.family == AF_INET6) setOption(socket, IPPROTO_IPV6, IPV6_V6ONLY, local.any ? 0 : 1);
  const name = local.forKernel();
  let error = call(49, 200, socket, whole(name), name.length); // bind
  if (error >= 0) error = call(50, 201, socket, BACKLOG); // listen
  if (error >= 0) return socket;
  close(socket);
  return error;
}

/** A connection to `remote`, closed by execve, that does not wait; -ETIMEDOUT if there is none within `milliseconds`. */
export function connectWithin(remote: InternetAddress, milliseconds: f64): i32 {
  const socket = call(41, 198, remote.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return socket;
  const name = remote.forKernel();
  let error = call(42, 203, socket, whole(name), name.length); // connect
  if (error == -EINPROGRESS) {
    const waiting = new PollSet(1);
    waiting.add(socket, POLLOUT);
    error = waiting.wait(milliseconds) > 0 ? -readOption(socket, SO_ERROR) : -ETIMEDOUT;
  }
  if (error >= 0) return socket;
  close(socket);
  return error;
}

/** Nothing more will be written to the connection; what comes can still be read. */
export function endOutput(socket: i32): void {
  call(48, 210, socket, SHUT_WR); // shutdown
}

/** The next connection, closed by execve; -EAGAIN if none waits. */
export function accept(socket: i32): i32 {
  return call(288, 242, socket, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK); // accept4
}

/** True if `descriptor` is a socket on which others may connect. */
export function isListening(descriptor: i32): bool {
  return readOption(descriptor, SO_ACCEPTCONN) > 0;
}

/** Our end of a connection; null if it is no internet socket. */
export function localAddress(socket: i32): InternetAddress | null {
  return nameOf(socket, 51, 204); // getsockname
}

/** The other end of a connection; null if it is no internet socket, or has no other end any more. */
export function remoteAddress(socket: i32): InternetAddress | null {
  return nameOf(socket, 52, 205); // getpeername
}

function nameOf(socket: i32, x86_64: i32, aarch64: i32): InternetAddress | null {
  const name = new Uint8Array(NAME_BYTES);
  const length = new Uint8Array(4);
  putU32(length, 0, NAME_BYTES);
  if (call(x86_64, aarch64, socket, address(name, 0, NAME_BYTES), whole(length)) < 0) return null;
  const bytes = i32At(length, 0);
  return InternetAddress.fromKernel(name.subarray(0, bytes > NAME_BYTES ? NAME_BYTES : bytes));
}

/** Small packets leave at once (no Nagle), and a peer that is gone is noticed in the end. */
export function prepareConnection(socket: i32): void {
  setOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  setOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/** What has arrived is acknowledged at once. The kernel falls back to its own ways soon: to be asked again each time. */
export function acknowledgeAtOnce(socket: i32): void {
  setOption(socket, IPPROTO_TCP, TCP_QUICKACK, 1);
}

/** `address` for every local address, of IPv4 alone: for machines without IPv6. */
export function anyOfIPv4(port: i32): InternetAddress {
  const all = new InternetAddress();
  all.family = AF_INET;
  all.port = port;
  return all;
}
