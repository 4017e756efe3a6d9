/**
 * What is behind a channel, as the core asks for it: a session's child (RFC 4254 section 6), or the socket of a forwarded
 * connection (section 7). `session` or `channel` is the channel's number on our side. The core calls these; the
 * surroundings answer through `Connection`: `writable`, `prepareOutput` and `commitOutput`, `outputEnded`, `exited` and
 * `killed`, `connected` and `openAgent`.
 */

/** The streams that a session gives out; a session with a terminal has only the first. */
export const OUTPUT: i32 = 0;
/** Its number is SSH_EXTENDED_DATA_STDERR, RFC 4254 section 5.2. */
export const ERRORS: i32 = 1;

/** A request for a terminal: RFC 4254 section 6.2. */
export class Terminal {
  /** Value of TERM. */
  name: Uint8Array = new Uint8Array(0);
  columns: u32 = 0;
  rows: u32 = 0;
  widthPixels: u32 = 0;
  heightPixels: u32 = 0;
  /** Encoded terminal modes, RFC 4254 section 8. */
  modes: Uint8Array = new Uint8Array(0);
}

/** Why `Sessions.write` took less than all. */
export const BROKEN: i32 = -1;

/** Session channels that may be open at once: OpenSSH's MaxSessions. Their numbers are the first. */
export const SESSIONS_LIMIT: i32 = 10;
/** Forwarded channels that may be open at once: a browser's connections through `ssh -D` fit. */
export const FORWARDED_LIMIT: i32 = 64;
export const CHANNELS_LIMIT: i32 = SESSIONS_LIMIT + FORWARDED_LIMIT;
/** Bytes of the name of a host to connect to: DNS's limit, as text. */
export const HOST_LIMIT: i32 = 255;

/** What becomes of connecting: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED and SSH_OPEN_CONNECT_FAILED, RFC 4254 section 5.1. */
export const CONNECTED: u32 = 0;
export const PROHIBITED: u32 = 1;
export const CONNECT_FAILED: u32 = 2;

/** Sessions but for what flows through them. */
export abstract class SessionKeeper {
  /** Allocates a terminal for the session that has not started yet. */
  abstract openTerminal(session: i32, terminal: Terminal): bool;
  abstract resize(session: i32, terminal: Terminal): void;
  /** Sets a variable for the session that has not started yet. The name has passed the accept list. */
  abstract setEnvironment(session: i32, name: Uint8Array, value: Uint8Array): bool;
  /** Has programs of the session that has not started yet reach the client's agent: `Connection.openAgent` for each. */
  forwardAgent(_session: i32): bool {
    return false;
  }
  /** Begins to connect; `Connection.connected` says how that ends. False if it must not be. `port`: 1 to 65535. */
  connect(_channel: i32, _host: Uint8Array, _port: u32): bool {
    return false;
  }
  /** Starts the login shell. */
  abstract startShell(session: i32): bool;
  abstract startCommand(session: i32, command: Uint8Array): bool;
  abstract startSubsystem(session: i32, name: Uint8Array): bool;
  /** Sends the child a signal by its RFC 4254 section 6.10 name, `TERM`; false if it isn't one that we know. */
  abstract signal(session: i32, name: Uint8Array): bool;
  /** Sends a BREAK of `milliseconds` to the terminal, RFC 4335. */
  abstract sendBreak(session: i32, milliseconds: u32): bool;
  /**
   * The channel is gone: a child that still runs gets SIGHUP, its descriptors close. Called once for each channel that
   * was opened, started or not. The number may be used again.
   */
  abstract close(session: i32): void;
}

export abstract class Sessions extends SessionKeeper {
  /** Writes to the child's input without waiting. Bytes taken, 0 if it is full, or BROKEN if it reads no more. */
  abstract write(session: i32, bytes: Uint8Array): i32;
  /** The client sends no more, and everything that it sent was written: a socket's other direction stays open. */
  abstract closeInput(session: i32): void;
  /**
   * The client takes no more output (eow@openssh.com): what the child writes to goes away, so that a child that writes on
   * gets SIGPIPE. The core counts both streams as ended. With a terminal, which has no such half, nothing is to be done.
   */
  abstract closeOutput(session: i32): void;
}
