/**
 * What the requests of a session channel add to SSH_MSG_CHANNEL_REQUEST, RFC 4254 section 6: fields in wire order, and
 * nothing else. Byte arrays that `decode` gives are views into the packet.
 *
 * `shell` and `eow@openssh.com` add nothing, so they have no class. Left out: `x11-req`, `xon-xoff`.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";

/** `pty-req`, RFC 4254 section 6.2. */
export class PtyRequest {
  /** Value of TERM. */
  term: Uint8Array = EMPTY;
  columns: u32 = 0;
  rows: u32 = 0;
  widthPixels: u32 = 0;
  heightPixels: u32 = 0;
  /** Encoded terminal modes, RFC 4254 section 8. */
  modes: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.term);
    w.uint32(this.columns);
    w.uint32(this.rows);
    w.uint32(this.widthPixels);
    w.uint32(this.heightPixels);
    w.string(this.modes);
  }

  static decode(r: Reader): PtyRequest {
    const m = new PtyRequest();
    m.term = r.string();
    m.columns = r.uint32();
    m.rows = r.uint32();
    m.widthPixels = r.uint32();
    m.heightPixels = r.uint32();
    m.modes = r.string();
    return m;
  }
}

/** `env`, RFC 4254 section 6.4. */
export class EnvironmentRequest {
  name: Uint8Array = EMPTY;
  value: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.name);
    w.string(this.value);
  }

  static decode(r: Reader): EnvironmentRequest {
    const m = new EnvironmentRequest();
    m.name = r.string();
    m.value = r.string();
    return m;
  }
}

/** `exec`, RFC 4254 section 6.5. */
export class ExecRequest {
  command: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.command);
  }

  static decode(r: Reader): ExecRequest {
    const m = new ExecRequest();
    m.command = r.string();
    return m;
  }
}

/** `subsystem`, RFC 4254 section 6.5. */
export class SubsystemRequest {
  name: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.name);
  }

  static decode(r: Reader): SubsystemRequest {
    const m = new SubsystemRequest();
    m.name = r.string();
    return m;
  }
}

/** `window-change`, RFC 4254 section 6.7. */
export class WindowChangeRequest {
  columns: u32 = 0;
  rows: u32 = 0;
  widthPixels: u32 = 0;
  heightPixels: u32 = 0;

  encode(w: Writer): void {
    w.uint32(this.columns);
    w.uint32(this.rows);
    w.uint32(this.widthPixels);
    w.uint32(this.heightPixels);
  }

  static decode(r: Reader): WindowChangeRequest {
    const m = new WindowChangeRequest();
    m.columns = r.uint32();
    m.rows = r.uint32();
    m.widthPixels = r.uint32();
    m.heightPixels = r.uint32();
    return m;
  }
}

/** `signal`, RFC 4254 section 6.9. */
export class SignalRequest {
  /** Without the `SIG`, e.g. `TERM`. */
  name: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.name);
  }

  static decode(r: Reader): SignalRequest {
    const m = new SignalRequest();
    m.name = r.string();
    return m;
  }
}

/** `break`, RFC 4335 section 3. */
export class BreakRequest {
  milliseconds: u32 = 0;

  encode(w: Writer): void {
    w.uint32(this.milliseconds);
  }

  static decode(r: Reader): BreakRequest {
    const m = new BreakRequest();
    m.milliseconds = r.uint32();
    return m;
  }
}

/** `exit-status`, RFC 4254 section 6.10. */
export class ExitStatusRequest {
  status: u32 = 0;

  encode(w: Writer): void {
    w.uint32(this.status);
  }

  static decode(r: Reader): ExitStatusRequest {
    const m = new ExitStatusRequest();
    m.status = r.uint32();
    return m;
  }
}

/** `exit-signal`, RFC 4254 section 6.10. */
export class ExitSignalRequest {
  /** Without the `SIG`, e.g. `TERM`. */
  name: Uint8Array = EMPTY;
  coreDumped: bool = false;
  /** UTF-8. */
  message: Uint8Array = EMPTY;
  language: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.name);
    w.boolean(this.coreDumped);
    w.string(this.message);
    w.string(this.language);
  }

  static decode(r: Reader): ExitSignalRequest {
    const m = new ExitSignalRequest();
    m.name = r.string();
    m.coreDumped = r.boolean();
    m.message = r.string();
    m.language = r.string();
    return m;
  }
}
