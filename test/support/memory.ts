/** Looking for secrets in the memory of other processes. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** True if these bytes are anywhere in the memory that the process may write to. */
export function holds(pid: number, bytes: Buffer): boolean {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const match = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      if (match === null) continue;
      const [from, to] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)];
      // Piece by piece, and each with a bit of the one before.
      const size = 1 << 22;
      const piece = Buffer.alloc(size + bytes.length);
      for (let at = from; at < to; at += size) {
        const length = Math.min(piece.length, to - at);
        const count = readSync(memory, piece, 0, length, at);
        if (piece.subarray(0, count).includes(bytes)) return true;
      }
    }
    return false;
  } finally {
    closeSync(memory);
  }
}
