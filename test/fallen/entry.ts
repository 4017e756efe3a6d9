/**
 * tinysshd with a network process that has fallen: a puppet, which does what the client says with what the process has,
 * the monitor's socket and system calls.
 *
 * An order is a number of bytes (u32, in the machine's order, as all numbers here) and as many bytes, the first of which
 * says what it is; each is answered in the same form.
 *
 * | order | then | answer |
 * |---|---|---|
 * | TELL | a record for the monitor | the result of sending it (i64) |
 * | HEAR | milliseconds (u32) | the descriptors that came with it (a byte that counts, u32 each), and the record; nothing, if none came |
 * | FLOOD | a record for the monitor | none: from now on it sends that, and does nothing else |
 * | CALL | number (u32), and six arguments: 0 and an i64, or 1, a length (u32) and bytes whose address is meant | the result (i64), and all those bytes as they are then |
 */
import { useKernels } from "../../src/core/crypto/kernels.ts";
import { commandLine } from "../../src/linux/arguments.ts";
import { read, STDIN, STDOUT, write } from "../../src/linux/descriptor.ts";
import { EAGAIN } from "../../src/linux/errno.ts";
import { i64At, putI64, putU32, u32At } from "../../src/linux/layout.ts";
import { PollSet, POLLIN, POLLOUT } from "../../src/linux/poll.ts";
import { passedDescriptors, receiveRecord } from "../../src/linux/record-socket.ts";
import { call, whole } from "../../src/linux/sys.ts";
import { NativeKernels } from "../../src/native/kernels.ts";
import { CONTINUE, Program, run, step, SUCCESS } from "../../src/program/program.ts";
import { MonitorLink } from "../../src/program/sshd/monitor-link.ts";
import { MONITOR } from "../../src/program/sshd/separation.ts";
import { Sshd } from "../../src/program/sshd/sshd.ts";

export { step };

const TELL: i32 = 0;
const HEAR: i32 = 1;
const FLOOD: i32 = 3;
const RECORD_LIMIT: i32 = 1 << 18;

class Puppet extends Program {
  step(): i32 {
    const length = this.take(4);
    if (length == null) return SUCCESS;
    const order = this.take(u32At(length, 0) as i32);
    if (order == null) return SUCCESS;
    const what = order[0] as i32;
    if (what == TELL) this.answer(number(write(MONITOR, order, 1, order.length - 1)));
    else if (what == HEAR) this.hear(u32At(order, 1));
    else if (what == FLOOD) while (write(MONITOR, order, 1, order.length - 1) > 0) {}
    else this.perform(order);
    return CONTINUE;
  }

  private hear(milliseconds: u32): void {
    const waiting = new PollSet(1);
    waiting.add(MONITOR, POLLIN);
    if (waiting.wait(milliseconds as f64) <= 0) {
      this.answer(new Uint8Array(0));
      return;
    }
    const record = receiveRecord(MONITOR, RECORD_LIMIT, true);
    const descriptors = passedDescriptors();
    const answer = new Uint8Array(1 + 4 * descriptors.length + record.length);
    answer[0] = descriptors.length as u8;
    for (let i = 0; i < descriptors.length; i++) putU32(answer, 1 + 4 * i, descriptors[i] as u32);
    answer.set(record, 1 + 4 * descriptors.length);
    this.answer(answer);
  }

  private perform(order: Uint8Array): void {
    const values = new Array<i64>();
    const buffers = new Array<Uint8Array>();
    let at = 5;
    let bytes = 0;
    for (let i = 0; i < 6; i++) {
      if (order[at] == 0) {
        values.push(i64At(order, at + 1));
        at += 9;
        continue;
      }
      const length = u32At(order, at + 1) as i32;
      const buffer = order.slice(at + 5, at + 5 + length);
      buffers.push(buffer);
      values.push(whole(buffer));
      bytes += length;
      at += 5 + length;
    }
    const nr = u32At(order, 1) as i32;
    const result = call(nr, nr, values[0], values[1], values[2], values[3], values[4], values[5]);
    const answer = new Uint8Array(8 + bytes);
    putI64(answer, 0, result as i64);
    let end = 8;
    for (let i = 0; i < buffers.length; i++) {
      answer.set(buffers[i], end);
      end += buffers[i].length;
    }
    this.answer(answer);
  }

  /** That many bytes from the client; null at the end of the stream. */
  private take(length: i32): Uint8Array | null {
    const bytes = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const n = read(STDIN, bytes, at, length - at);
      if (n > 0) at += n;
      else if (n == -EAGAIN) wait(STDIN, POLLIN);
      else return null;
    }
    return bytes;
  }

  private answer(bytes: Uint8Array): void {
    const whole = new Uint8Array(4 + bytes.length);
    putU32(whole, 0, bytes.length as u32);
    whole.set(bytes, 4);
    let at = 0;
    while (at < whole.length) {
      const n = write(STDOUT, whole, at, whole.length - at);
      if (n > 0) at += n;
      else if (n == -EAGAIN) wait(STDOUT, POLLOUT);
      else return;
    }
  }
}

function number(value: i32): Uint8Array {
  const bytes = new Uint8Array(8);
  putI64(bytes, 0, value as i64);
  return bytes;
}

function wait(descriptor: i32, events: i32): void {
  const waiting = new PollSet(1);
  waiting.add(descriptor, events);
  waiting.wait(-1);
}

class FallenSshd extends Sshd {
  protected override conversation(_link: MonitorLink): Program {
    return new Puppet();
  }
}

export function start(): void {
  useKernels(new NativeKernels());
  run(new FallenSshd("tinysshd", commandLine().slice(1)));
}
