/**
 * A server whose surroundings are all scripted: what it answers depends on nothing but the bytes that it was sent.
 * Portable, so that one recorded session can be played to its JavaScript, its WebAssembly and its native form.
 */
import { EMPTY, concat, copyOf } from "../../src/core/bytes/bytes.ts";
import { ascii, isText } from "../../src/core/bytes/text.ts";
import { kernels } from "../../src/core/crypto/kernels.ts";

import { Grant } from "../../src/core/ssh/auth/grant.ts";
import { KeyProof } from "../../src/core/ssh/auth/key-proof.ts";
import { ERRORS, OUTPUT, Sessions, Terminal } from "../../src/core/ssh/connection/sessions.ts";
import { Authority, Environment, HostKey } from "../../src/core/ssh/environment.ts";
import { Server, ServerOptions } from "../../src/core/ssh/server.ts";
import { Writer } from "../../src/core/wire/writer.ts";

/** Randomness is SHA-256 of a counter; the clock stands still. */
class ScriptedEnvironment extends Environment {
  private counter: u32 = 0;

  random(out: Uint8Array): void {
    const block = new Uint8Array(32);
    const writer = new Writer(4);
    for (let at = 0; at < out.length; at += block.length) {
      writer.reset();
      writer.uint32(this.counter++);
      kernels().sha256(block, writer.written());
      const left = out.length - at;
      out.set(left < block.length ? block.subarray(0, left) : block, at);
    }
  }

  now(): f64 {
    return 0;
  }

  log(_level: i32, _message: string): void {}
}

/** An Ed25519 key whose seed is 32 bytes of 7. */
class ScriptedHostKey extends HostKey {
  private secretKey: Uint8Array = new Uint8Array(64);

  constructor() {
    super();
    this.secretKey.fill(7, 0, 32);
    const publicKey = new Uint8Array(32);
    kernels().ed25519PublicKey(publicKey, this.secretKey.subarray(0, 32));
    this.secretKey.set(publicKey, 32);
  }

  algorithm(): string {
    return "ssh-ed25519";
  }

  publicKey(): Uint8Array {
    return this.blob(this.secretKey.subarray(32));
  }

  sign(exchangeHash: Uint8Array): Uint8Array | null {
    const signature = new Uint8Array(64);
    kernels().ed25519Sign(signature, exchangeHash, this.secretKey);
    return this.blob(signature);
  }

  private blob(material: Uint8Array): Uint8Array {
    const writer = new Writer(96);
    writer.text("ssh-ed25519");
    writer.string(material);
    return copyOf(writer.written(), 0, writer.written().length);
  }
}

/** Lets every good signature in. */
class OpenHouse extends Authority {
  admit(proof: KeyProof): Grant | null {
    return Grant.ofAll(proof.credential.describe());
  }

  admitWithoutProof(_user: Uint8Array): Grant | null {
    return null;
  }
}

/** A child that echoes: what it was sent comes back on its output, and its command line on its error output. */
class Child {
  output: Uint8Array = EMPTY;
  errors: Uint8Array = EMPTY;
  started: bool = false;
  inputEnded: bool = false;
  outputEnded: bool = false;
}

class EchoingSessions extends Sessions {
  children: Child[] = new Array<Child>();
  started: i32 = 0;

  child(session: i32): Child {
    while (this.children.length <= session) this.children.push(new Child());
    return this.children[session];
  }

  openTerminal(_session: i32, _terminal: Terminal): bool {
    return true;
  }

  resize(session: i32, terminal: Terminal): void {
    const child = this.child(session);
    child.output = concat(child.output, ascii(terminal.columns.toString() + "x" + terminal.rows.toString() + "\n"));
  }

  setEnvironment(_session: i32, _name: Uint8Array, _value: Uint8Array): bool {
    return true;
  }

  startShell(session: i32): bool {
    return this.startCommand(session, ascii("shell"));
  }

  startCommand(session: i32, command: Uint8Array): bool {
    const child = this.child(session);
    child.started = true;
    this.started++;
    child.errors = copyOf(command, 0, command.length);
    return !isText(command, "refuse");
  }

  startSubsystem(session: i32, name: Uint8Array): bool {
    return this.startCommand(session, name);
  }

  write(session: i32, bytes: Uint8Array): i32 {
    const child = this.child(session);
    child.output = concat(child.output, bytes);
    return bytes.length;
  }

  closeInput(session: i32): void {
    this.child(session).inputEnded = true;
  }

  closeOutput(session: i32): void {
    this.child(session).outputEnded = true;
  }

  signal(session: i32, name: Uint8Array): bool {
    const child = this.child(session);
    child.output = concat(child.output, name);
    return true;
  }

  sendBreak(_session: i32, _milliseconds: u32): bool {
    return false;
  }

  close(session: i32): void {
    this.children[session] = new Child();
  }
}

export class ScriptedServer {
  private sessions: EchoingSessions;
  private server: Server;

  constructor() {
    const options = new ServerOptions();
    options.transport.software = "Scripted"; // a recording must outlive a new version number
    const sessions = new EchoingSessions();
    this.sessions = sessions;
    this.server = new Server(new ScriptedEnvironment(), [new ScriptedHostKey()], new OpenHouse(), sessions, options);
  }

  /** How many sessions were started: none if a recording no longer fits. */
  started(): i32 {
    return this.sessions.started;
  }

  /** Takes all of `bytes`; returns what the server answers. */
  exchange(bytes: Uint8Array): Uint8Array {
    let answer = this.take();
    for (let at = 0; at < bytes.length && !this.server.closed();) {
      const room = this.server.input();
      const left = bytes.length - at;
      const count = left < room.length ? left : room.length;
      room.set(bytes.subarray(at, at + count));
      at += count;
      this.server.received(count);
      this.work();
      answer = concat(answer, this.take());
    }
    return answer;
  }

  private take(): Uint8Array {
    const output = this.server.output();
    const taken = copyOf(output, 0, output.length);
    this.server.sent(taken.length);
    return taken;
  }

  /** What a poll loop would do for the children. */
  private work(): void {
    for (let session = 0; session < this.sessions.children.length; session++) {
      const child = this.sessions.child(session);
      if (!child.started) continue;
      child.errors = this.deliver(session, ERRORS, child.errors);
      child.output = this.deliver(session, OUTPUT, child.output);
      if (!child.inputEnded || child.outputEnded || child.output.length + child.errors.length > 0) continue;
      child.outputEnded = true;
      this.server.connection.outputEnded(session, ERRORS);
      this.server.connection.outputEnded(session, OUTPUT);
      this.server.connection.exited(session, 42);
    }
  }

  /** Sends what may be sent of `bytes`; returns the rest. */
  private deliver(session: i32, stream: i32, bytes: Uint8Array): Uint8Array {
    let at = 0;
    while (at < bytes.length && this.server.connection.wantsOutput(session, stream)) {
      const room = this.server.connection.prepareOutput(session, stream);
      const left = bytes.length - at;
      const count = left < room.length ? left : room.length;
      if (count == 0) break;
      room.set(bytes.subarray(at, at + count));
      this.server.connection.commitOutput(session, stream, count);
      at += count;
    }
    return at == 0 ? bytes : copyOf(bytes, at, bytes.length - at);
  }
}
