/**
 * One source, two meanings: sessions of real OpenSSH clients, recorded, are played to the server as JavaScript, as
 * WebAssembly and as a native executable. All three must answer with the same bytes, to the end of the session.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { build, compileToWasm, ownArchitecture, root } from "../../src/native/build.ts";
import { installKernels } from "../../src/node/kernels.ts";
import { ScriptedServer } from "./scripted-server.ts";

/** As entry.ts hands the bytes over. */
const PIECE = 16;

const work = mkdtempSync(join(tmpdir(), "postern-session-"));
after(() => rmSync(work, { recursive: true }));

let module: WebAssembly.Module;
before(() => {
  installKernels();
  compileToWasm("test/session/entry.ts", join(work, "entry.wasm"), ownArchitecture);
  module = new WebAssembly.Module(readFileSync(join(work, "entry.wasm")));
  build("test/session/entry.ts", join(work, "entry"), ownArchitecture);
});

function asJavaScript(recording: Buffer): Buffer {
  const server = new ScriptedServer();
  const answers: Uint8Array[] = [];
  for (let at = 0; at <= recording.length; at += PIECE) {
    answers.push(server.exchange(new Uint8Array(recording.subarray(at, at + PIECE))));
  }
  assert.ok(server.started() > 0, "a session was started: if not, the handshake has changed; see record.ts");
  return Buffer.concat(answers);
}

function abort(_message: number, _file: number, line: number): never {
  throw new Error(`aborted at line ${line}`);
}

/** Runs the module on a host that knows two system calls: read from the recording, write to the answer. */
function asWebAssembly(recording: Buffer): Buffer {
  const answers: Buffer[] = [];
  let at = 0;
  const sys = (number: number, _descriptor: bigint, address: bigint, length: bigint): bigint => {
    const memory = Buffer.from((instance.exports.memory as WebAssembly.Memory).buffer, Number(address), Number(length));
    if (number === (ownArchitecture === "aarch64" ? 63 : 0)) {
      const count = recording.copy(memory, 0, at);
      at += count;
      return BigInt(count);
    }
    assert.equal(number, ownArchitecture === "aarch64" ? 64 : 1, "a read or a write");
    answers.push(Buffer.from(memory));
    return length;
  };
  const instance = new WebAssembly.Instance(module, { env: { abort }, host: { sys, base: () => 0n } });
  const { start, step } = instance.exports as { start(): void; step(): number };
  start();
  let status: number;
  do status = step();
  while (status < 0);
  assert.equal(status, 0);
  return Buffer.concat(answers);
}

function asExecutable(recording: Buffer): Buffer {
  return execFileSync(join(work, "entry"), { input: recording, maxBuffer: 1 << 26 });
}

const recordings = globSync("*.client", { cwd: join(root, "test/session") }).toSorted();

test("there are recordings", () => assert.ok(recordings.length >= 4));

for (const name of recordings) {
  test(`${basename(name, ".client")}: JavaScript, WebAssembly and native answer alike`, () => {
    const recording = readFileSync(join(root, "test/session", name));
    const answer = asJavaScript(recording);
    assert.ok(answer.length > 1000, "a handshake at least");
    assert.ok(asWebAssembly(recording).equals(answer), "WebAssembly answers as JavaScript does");
    assert.ok(asExecutable(recording).equals(answer), "the native form answers as JavaScript does");
  });
}
