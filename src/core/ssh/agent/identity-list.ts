/** The answer to who asks for identities, put together from ours and those of proxied agents: each once. */
import { equal } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { IDENTITIES_ANSWER, IdentitiesAnswer, MESSAGE_LIMIT } from "./message.ts";

/** Bytes of an answer without any. */
const HEAD: i32 = 5;
/** Bytes of each, beside its blob and its comment. */
const FRAME: i32 = 8;

export class IdentityList {
  private answer: IdentitiesAnswer = new IdentitiesAnswer();
  private bytes: i32 = HEAD;

  /** Adds an identity, unless it is listed already, or too much for one message. */
  add(blob: Uint8Array, comment: Uint8Array): void {
    const blobs = this.answer.blobs;
    for (let i = 0; i < blobs.length; i++) {
      if (equal(blobs[i], blob)) return;
    }
    const bytes = FRAME + blob.length + comment.length;
    if (this.bytes + bytes > (MESSAGE_LIMIT as i32)) return;
    this.bytes += bytes;
    blobs.push(blob);
    this.answer.comments.push(comment);
  }

  /** Adds all of a proxied agent's answer, if it is one that is well-formed. */
  merge(answer: Uint8Array): void {
    if (answer.length == 0 || (answer[0] as i32) != IDENTITIES_ANSWER) return;
    const r = new Reader(answer.subarray(1));
    const theirs = IdentitiesAnswer.decode(r);
    if (!r.ok()) return;
    for (let i = 0; i < theirs.blobs.length; i++) this.add(theirs.blobs[i], theirs.comments[i]);
  }

  encoded(): Uint8Array {
    const w = new Writer(this.bytes);
    this.answer.encode(w);
    return w.written();
  }
}
