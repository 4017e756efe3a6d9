/**
 * Both ends of a connection. A launcher that talks TCP for us (tcpserver) says them in the environment, and so does a
 * CurveCP server; otherwise the socket itself knows. Whatever else there is, a pipe say, is `unknown`.
 */
import { ascii, printable } from "../../core/bytes/text.ts";
import { variable } from "../../linux/arguments.ts";
import { InternetAddress } from "../../linux/internet-address.ts";
import { localAddress, remoteAddress } from "../../linux/socket.ts";

/** Longer than any address or port as text. */
const TEXT_LIMIT: i32 = 64;

export class Peer {
  remoteHost: string = "unknown";
  remotePort: string = "0";
  localHost: string = "unknown";
  localPort: string = "0";

  /** The ends of the connection that the process was started with: `descriptor` is its standard input. */
  static ofInherited(descriptor: i32): Peer {
    const peer = new Peer();
    if (!peer.fromEnvironment("TCP") && !peer.fromEnvironment("CURVECP")) peer.fromSocket(descriptor);
    return peer;
  }

  static ofSocket(descriptor: i32): Peer {
    const peer = new Peer();
    peer.fromSocket(descriptor);
    return peer;
  }

  /** `192.0.2.1:50000` or `[2001:db8::1]:50000`, the other side, for the log. */
  remote(): string {
    const host = this.remoteHost.includes(":") ? "[" + this.remoteHost + "]" : this.remoteHost;
    return host + ":" + this.remotePort;
  }

  /** The value of SSH_CONNECTION. */
  environment(): string {
    return this.remoteHost + " " + this.remotePort + " " + this.localHost + " " + this.localPort;
  }

  /** The other side's address, or null if it isn't known as one. */
  remoteAddress(): InternetAddress | null {
    const text = this.remoteHost.includes(":") ? "[" + this.remoteHost + "]" : this.remoteHost;
    return InternetAddress.parse(ascii(text + ":1"));
  }

  private fromEnvironment(protocol: string): bool {
    const localHost = textOf(protocol + "LOCALIP");
    const localPort = textOf(protocol + "LOCALPORT");
    const remoteHost = textOf(protocol + "REMOTEIP");
    const remotePort = textOf(protocol + "REMOTEPORT");
    if (localHost == "" || localPort == "" || remoteHost == "" || remotePort == "") return false;
    this.localHost = localHost;
    this.localPort = localPort;
    this.remoteHost = remoteHost;
    this.remotePort = remotePort;
    return true;
  }

  private fromSocket(descriptor: i32): void {
    const local = localAddress(descriptor);
    const remote = remoteAddress(descriptor);
    if (local == null || remote == null) return;
    this.localHost = local.host();
    this.localPort = `${local.port}`;
    this.remoteHost = remote.host();
    this.remotePort = `${remote.port}`;
  }
}

/** An environment variable's value; empty if it is not set, or too long to be what it should. */
function textOf(name: string): string {
  const value = variable(name);
  return value == null || value.length > TEXT_LIMIT ? "" : printable(value);
}
