/**
 * The SSH transport layer of a server, RFC 4253, without input or output of its own.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { Environment, HostKey } from "../environment.ts";
import { TransportOptions } from "./options.ts";

/** The layer above the transport: authentication, then connection. */
export abstract class Service {
  /** A message that is not the transport's own; `payload[0]` is its number. The view is valid during the call. */
  abstract receive(payload: Uint8Array): void;
  /** Messages may be sent again: a key exchange has ended, or output was taken. */
  abstract writable(): void;
}

export class Transport {
  /** Who receives the messages that are not the transport's own. */
  service: Service | null = null;
  /** No more is received or sent, but for what `output` still holds. */
  closed: bool = false;
  /** Closed over a fault, and not by an orderly DISCONNECT of either side. */
  failed: bool = false;
  /** Why it was closed, for the log. */
  reason: string = "";
  /** The first exchange hash, which names this connection for good (RFC 4253 section 7.2); empty before. */
  sessionId: Uint8Array = EMPTY;
  /** The host key blob of the first key exchange, which `publickey-hostbound-v00@openssh.com` names; empty before. */
  hostKey: Uint8Array = EMPTY;
  /** The client's identification without its end of line, e.g. `SSH-2.0-OpenSSH_9.9`; empty before it arrived. */
  clientIdentification: Uint8Array = EMPTY;

  private environment: Environment;
  private hostKeys: HostKey[];
  private options: TransportOptions;

  constructor(environment: Environment, hostKeys: HostKey[], options: TransportOptions) {
    this.environment = environment;
    this.hostKeys = hostKeys;
    this.options = options;
  }

  /** The free part of the receive buffer, to read into. Empty while so much output waits that no more input is wanted. */
  input(): Uint8Array {
    return EMPTY;
  }

  /** Says that `count` bytes were read into what `input` gave, and handles every whole packet. */
  received(count: i32): void {}

  /** Takes input from elsewhere than `input`. */
  receive(bytes: Uint8Array): void {}

  /** Bytes to send: a view, valid until the transport is called again; empty if there are none. */
  output(): Uint8Array {
    return EMPTY;
  }

  /** Says that the first `count` bytes of `output` were sent. */
  sent(count: i32): void {}

  /** Bytes in `output`. */
  pending(): i32 {
    return 0;
  }

  /** Queues one message; during a key exchange it is held back, in order. */
  send(payload: Uint8Array): void {}

  /** Answers the message being received with UNIMPLEMENTED (RFC 4253 section 11.4): the service does not know it. */
  unimplemented(): void {}

  /** True if no key exchange is under way in our direction, so that `prepare` may be called. */
  ready(): bool {
    return false;
  }

  /** Room in the output buffer to build a payload of at most `capacity` bytes in place. Only while `ready`. */
  prepare(capacity: i32): Uint8Array {
    return EMPTY;
  }

  /** Seals the first `length` bytes of what `prepare` gave as one packet. */
  commit(length: i32): void {}

  /** Ends the connection over a fault: DISCONNECT with `reason` (RFC 4253 section 11.1), one line in the log. */
  fail(reason: u32, text: string): void {}

  /** Ends the connection in good order. */
  disconnect(reason: u32, text: string): void {}

  /** To be called once USERAUTH_SUCCESS was sent: the connection protocol may begin. */
  authenticated(): void {}

  /** The moment at which `tick` wants to be called, by the environment's clock; infinity if it needn't be. */
  deadline(): f64 {
    return Infinity;
  }

  tick(): void {}
}
