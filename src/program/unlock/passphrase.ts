/**
 * The passphrase, in memory that is never written to a disk, and wiped when it is no longer needed: typed by a person
 * who doesn't see it, or read from standard input.
 */
import { wipe } from "../../core/bytes/bytes.ts";
import { ANSWER, PASSPHRASE_LIMIT } from "../../core/unlock/ask-request.ts";
import { read, STDIN } from "../../linux/descriptor.ts";
import { EFBIG } from "../../linux/errno.ts";
import { LockedPage } from "../../linux/locked-memory.ts";
import { askSecret } from "../../linux/prompt.ts";

const LINE_FEED: u8 = 10;
/** Where it begins in its page: behind the byte that makes it a datagram. */
const START: i32 = 1;

export class Passphrase {
  private page: LockedPage = new LockedPage();
  private length: i32 = 0;

  /** As it is: a view, as the others. */
  bytes(): Uint8Array {
    return this.page.bytes.subarray(START, START + this.length);
  }

  /** As an answer to a request of systemd. */
  datagram(): Uint8Array {
    this.page.bytes[0] = ANSWER;
    return this.page.bytes.subarray(0, START + this.length);
  }

  /** As a line. */
  line(): Uint8Array {
    const end = START + this.length;
    this.page.bytes[end] = LINE_FEED;
    return this.page.bytes.subarray(START, end + 1);
  }

  /** Asks at the terminal. 0, or the negative errno. */
  ask(question: string): i32 {
    this.wipe();
    const answer = askSecret(question);
    const error = answer.error == 0 && answer.bytes.length > PASSPHRASE_LIMIT ? -EFBIG : answer.error;
    if (error == 0) {
      this.page.bytes.set(answer.bytes, START);
      this.length = answer.bytes.length;
    }
    wipe(answer.bytes);
    return error;
  }

  /** Reads a line of standard input without its end, or `all` there is. 0, or the negative errno. */
  take(all: bool): i32 {
    this.wipe();
    const room = this.page.bytes.subarray(START, START + PASSPHRASE_LIMIT + 1);
    let length = 0;
    let end = -1;
    while (end < 0 && length < room.length) {
      const n = read(STDIN, room, length, room.length - length);
      if (n < 0) return n;
      length += n;
      const feed = all ? -1 : room.subarray(0, length).indexOf(LINE_FEED);
      end = n == 0 && feed < 0 ? length : feed;
    }
    if (end < 0 || end > PASSPHRASE_LIMIT) return -EFBIG;
    this.length = end;
    return 0;
  }

  wipe(): void {
    wipe(this.page.bytes);
    this.length = 0;
  }
}
