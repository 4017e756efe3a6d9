/** Sessions without processes, which insist on being asked in an order that makes sense, and keep what they are asked. */
import { isText } from "../../../src/core/bytes/text.ts";
import { BROKEN, Sessions, CHANNELS_LIMIT, Terminal } from "../../../src/core/ssh/connection/sessions.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect } from "../target.ts";

class Child {
  terminal: bool = false;
  started: bool = false;
  inputClosed: bool = false;
  /** Bytes that it takes yet; BROKEN if it takes none any more. */
  room: i32 = 0x7fffffff;
}

export class ScriptedSessions extends Sessions {
  /** How often a session was closed. */
  closed: i32 = 0;
  /** How often anything was asked. */
  calls: i32 = 0;
  private children: Child[] = new Array<Child>();
  private out: Writer;

  constructor(out: Writer) {
    super();
    this.out = out;
    for (let i = 0; i < CHANNELS_LIMIT; i++) this.children.push(new Child());
  }

  /** `kind` 0: it takes all, 1: nothing any more; else it takes `bytes`. */
  setRoom(session: i32, kind: i32, bytes: u32): void {
    const some = (bytes & 0xffffff) as i32;
    this.children[session].room = kind == 0 ? 0x7fffffff : kind == 1 ? BROKEN : some;
  }

  openTerminal(session: i32, terminal: Terminal): bool {
    const child = this.note("terminal", session, terminal.modes);
    expect(!child.started && !child.terminal, "one terminal, before the start");
    child.terminal = !isText(terminal.name, "refuse");
    return child.terminal;
  }

  resize(session: i32, terminal: Terminal): void {
    expect(this.note("resize", session, terminal.name).terminal, "a terminal to be resized");
  }

  setEnvironment(session: i32, name: Uint8Array, value: Uint8Array): bool {
    expect(!this.note("environment", session, value).started, "variables come before the start");
    return !isText(name, "LC_REFUSE");
  }

  override forwardAgent(session: i32): bool {
    return !this.note("agent", session, new Uint8Array(0)).started;
  }

  override connect(channel: i32, host: Uint8Array, port: u32): bool {
    expect(host.length > 0 && port > 0 && port < 65536, "there is a place to connect to");
    return !this.note("connect", channel, host).started && !isText(host, "refuse");
  }

  /** The socket of a forwarded channel is there. */
  connected(channel: i32): void {
    this.children[channel].started = true;
  }

  startShell(session: i32): bool {
    return this.startCommand(session, new Uint8Array(0));
  }

  startCommand(session: i32, command: Uint8Array): bool {
    const child = this.note("start", session, command);
    expect(!child.started, "one start");
    child.started = !isText(command, "refuse");
    return child.started;
  }

  startSubsystem(session: i32, name: Uint8Array): bool {
    return this.startCommand(session, name);
  }

  write(session: i32, bytes: Uint8Array): i32 {
    const child = this.note("write", session, bytes);
    expect(child.started && !child.inputClosed, "input goes to a child that reads");
    expect(bytes.length > 0, "input has a length");
    if (child.room == BROKEN) return BROKEN;
    const count = child.room < bytes.length ? child.room : bytes.length;
    child.room -= count;
    return count;
  }

  closeInput(session: i32): void {
    const child = this.note("closeInput", session, new Uint8Array(0));
    expect(child.started && !child.inputClosed, "input is closed once");
    child.inputClosed = true;
  }

  closeOutput(session: i32): void {
    expect(this.note("closeOutput", session, new Uint8Array(0)).started, "there was output");
  }

  signal(session: i32, name: Uint8Array): bool {
    expect(this.note("signal", session, name).started, "there is a child for a signal");
    return isText(name, "TERM");
  }

  sendBreak(session: i32, _milliseconds: u32): bool {
    return this.note("break", session, new Uint8Array(0)).terminal;
  }

  close(session: i32): void {
    this.note("close", session, new Uint8Array(0));
    this.children[session] = new Child();
    this.closed++;
  }

  private note(call: string, session: i32, bytes: Uint8Array): Child {
    this.calls++;
    this.out.text(call);
    this.out.byte(session as u8);
    this.out.string(bytes);
    return this.children[session];
  }
}
