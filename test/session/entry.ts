/**
 * The scripted server as a program: what comes on standard input goes to it piece by piece, its answers to standard
 * output. The native form is this, compiled; the WebAssembly form is the same module with a host made in JavaScript.
 */
import { copyOf } from "../../src/core/bytes/bytes.ts";
import { useKernels } from "../../src/core/crypto/kernels.ts";
import { STDIN, STDOUT, read, writeAll } from "../../src/linux/descriptor.ts";
import { NativeKernels } from "../../src/native/kernels.ts";
import { CONTINUE, FAILURE, Program, SUCCESS, run, step } from "../../src/program/program.ts";
import { ScriptedServer } from "./scripted-server.ts";

export { step };

/**
 * Bytes handed over at once: less than a packet, so that a child answers before the next message is seen, as it did when
 * the client waited for it. The same in every form, since a window is opened for a piece and not for a byte.
 */
const PIECE: i32 = 16;

class Replay extends Program {
  private server: ScriptedServer = new ScriptedServer();
  private piece: Uint8Array = new Uint8Array(PIECE);

  step(): i32 {
    let length = 0;
    while (length < PIECE) {
      const count = read(STDIN, this.piece, length, PIECE - length);
      if (count < 0) return FAILURE;
      if (count == 0) break;
      length += count;
    }
    writeAll(STDOUT, this.server.exchange(copyOf(this.piece, 0, length)));
    return length < PIECE ? SUCCESS : CONTINUE;
  }
}

export function start(): void {
  useKernels(new NativeKernels());
  run(new Replay());
}
