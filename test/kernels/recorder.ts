/**
 * Loaded into a process by `--import`: records each call of a kernel as WebAssembly, for entry.ts to repeat natively.
 *
 * A record is a header of 84 bytes (kernel, bytes of memory given, bytes of memory wanted: 32 bits each; nine
 * operands: 64 bits each) and the memory that the call finds; beside it stands what the player must answer. All numbers
 * are little-endian.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { names } from "./names.ts";

/** The same as in entry.ts: here as there all operands lie from this address on. */
const OPERANDS = 1 << 22;
const OPERAND_COUNT = 9;
const PAGE = 65536;

const calls: Uint8Array[] = [];
const answers: Uint8Array[] = [];

/** What lies from OPERANDS on, up to the last byte that isn't zero. */
function operands(memory: WebAssembly.Memory): Buffer {
  const all = Buffer.from(memory.buffer, OPERANDS);
  let length = all.length;
  while (length > 0 && all[length - 1] === 0) length--;
  return Buffer.from(all.subarray(0, length));
}

function recorded(memory: WebAssembly.Memory, kernel: number, run: (...values: (number | bigint)[]) => unknown) {
  return (...values: (number | bigint)[]): unknown => {
    const before = operands(memory);
    const result = run(...values);
    const after = operands(memory);
    const wanted = Math.max(before.length, after.length);
    const header = Buffer.alloc(12 + 8 * OPERAND_COUNT);
    header.writeUInt32LE(kernel, 0);
    header.writeUInt32LE(before.length, 4);
    header.writeUInt32LE(wanted, 8);
    values.forEach((value, i) => header.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 12 + 8 * i));
    calls.push(header, before);
    const answer = Buffer.alloc(8 + wanted);
    answer.writeUInt32LE(Number(result ?? 0) >>> 0, 0);
    answers.push(answer.fill(after, 8, 8 + after.length));
    return result;
  };
}

/** An instance whose exports are recorded. */
class RecordedInstance extends WebAssembly.Instance {
  constructor(module: WebAssembly.Module, imports: Record<string, Record<string, unknown>>) {
    super(module, imports);
    const exports = { ...this.exports };
    const memory = exports["memory"] as WebAssembly.Memory;
    memory.grow((OPERANDS - memory.buffer.byteLength) / PAGE);
    names.forEach((name, kernel) => {
      const run = exports[name] as ((...values: (number | bigint)[]) => unknown) | undefined;
      if (run) exports[name] = recorded(memory, kernel, run);
    });
    Object.defineProperty(this, "exports", { value: exports });
  }
}
WebAssembly.Instance = RecordedInstance;

process.on("exit", () => {
  if (calls.length === 0) return;
  const folder = mkdtempSync(join(process.env["RECORDINGS"]!, "process-"));
  writeFileSync(join(folder, "calls"), Buffer.concat(calls));
  writeFileSync(join(folder, "answers"), Buffer.concat(answers));
});
