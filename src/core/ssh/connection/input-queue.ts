/** Bytes from the client that a child has not taken yet, in pieces, so that a long queue is never copied. */
import { EMPTY } from "../../bytes/bytes.ts";

/** Bytes of a piece: memory is taken in this measure while it is needed. */
const PIECE: i32 = 32768;
/** Bytes of a queue's first piece, lest a few bytes in each of many short sessions take up thousands of times as much. */
const FIRST_PIECE: i32 = 1024;

export class InputQueue {
  private pieces: Uint8Array[] = [];
  /** Where the first piece begins, and the last one ends. */
  private start: i32 = 0;
  private end: i32 = 0;
  /** A piece that was emptied: a queue in steady use makes no garbage. */
  private spare: Uint8Array | null = null;

  isEmpty(): bool {
    return this.pieces.length == 0;
  }

  add(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.isFull()) this.grow();
      const piece = this.pieces[this.pieces.length - 1];
      const count = min(piece.length - this.end, bytes.length - at);
      piece.set(bytes.subarray(at, at + count), this.end);
      this.end += count;
      at += count;
    }
  }

  /** A view of the bytes to be taken next: not all of them, but at least one if there are any. */
  first(): Uint8Array {
    return this.pieces.length == 0 ? EMPTY : this.pieces[0].subarray(this.start, this.firstEnd());
  }

  /** The first `count` bytes of what `first` gave were taken. */
  drop(count: i32): void {
    if (count < 1 || this.start + count > this.firstEnd()) throw new Error("more was taken than there was");
    this.start += count;
    if (this.start < this.firstEnd()) return;
    if (this.pieces[0].length == PIECE) this.spare = this.pieces[0];
    this.pieces.shift();
    this.start = 0;
    if (this.pieces.length == 0) this.end = 0;
  }

  /** Forgets all. The bytes that were there. */
  clear(): i32 {
    let count = 0;
    while (!this.isEmpty()) {
      const length = this.first().length;
      count += length;
      this.drop(length);
    }
    this.spare = null;
    return count;
  }

  /** True if there is no room behind the last byte. */
  private isFull(): bool {
    return this.isEmpty() || this.end == this.pieces[this.pieces.length - 1].length;
  }

  private firstEnd(): i32 {
    if (this.pieces.length == 0) return 0;
    return this.pieces.length == 1 ? this.end : this.pieces[0].length;
  }

  private grow(): void {
    const spare = this.spare;
    this.pieces.push(spare == null ? new Uint8Array(this.isEmpty() ? FIRST_PIECE : PIECE) : spare);
    this.spare = null;
    this.end = 0;
  }
}

function min(a: i32, b: i32): i32 {
  return a < b ? a : b;
}
