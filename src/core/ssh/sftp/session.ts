/** What an SFTP session has open, and its answers. */
import { EMPTY } from "../../bytes/bytes.ts";
import { ascii, printable } from "../../bytes/text.ts";
import { putUint32, Writer } from "../../wire/writer.ts";
import { Message } from "../message/message.ts";
import { FileSystem } from "./file-system.ts";
import { Handle, Handles } from "./handles.ts";
import { LENGTH_FIELD, PACKET_LIMIT } from "./limits.ts";
import { DATA_HEADER, Entry, Names, putDataHeader, Status } from "./message/reply.ts";
import { RealPath } from "./real-path.ts";
import { EOF, OK, statusOf, statusText } from "./status.ts";

/** What a request comes to if its answer was made already: neither a status code nor a negative errno. */
export const ANSWERED: i32 = 1000;

/** Room for two packets of the largest size: what is made while the other is sent. */
const BUFFER_BYTES: i32 = 2 * (LENGTH_FIELD + PACKET_LIMIT);

export class SftpSession {
  readonly files: FileSystem;
  /** Nothing may be changed. */
  readonly readOnly: bool;
  readonly handles: Handles = new Handles();
  /** Of the request that is being answered. */
  id: u32 = 0;
  private buffer: Uint8Array = new Uint8Array(BUFFER_BYTES);
  private start: i32 = 0;
  private end: i32 = 0;
  private writer: Writer = new Writer(1024);

  constructor(files: FileSystem, readOnly: bool) {
    this.files = files;
    this.readOnly = readOnly;
  }

  /** True if there is room for any answer. */
  hasRoom(): bool {
    return BUFFER_BYTES - this.end >= LENGTH_FIELD + PACKET_LIMIT;
  }

  /** Bytes to send, a view; empty if there are none. */
  output(): Uint8Array {
    return this.buffer.subarray(this.start, this.end);
  }

  /** So many of them were. */
  sent(count: i32): void {
    this.start += count;
    if (this.start < this.end) return;
    this.start = 0;
    this.end = 0;
  }

  /** Answers the request with `message`, which bears its id. */
  answer(message: Message): i32 {
    this.writer.reset();
    message.encode(this.writer);
    const bytes = this.writer.written();
    if (bytes.length > PACKET_LIMIT) throw new RangeError("an answer that is too long");
    this.buffer.set(bytes, this.end + LENGTH_FIELD);
    return this.commit(bytes.length);
  }

  /** Room for `length` bytes of an answer's data, DATA_LIMIT at most. */
  prepareData(length: i32): Uint8Array {
    const start = this.end + LENGTH_FIELD + DATA_HEADER;
    return this.buffer.subarray(start, start + length);
  }

  /** Answers the request with the first `length` bytes of what `prepareData` gave. */
  commitData(length: i32): i32 {
    putDataHeader(this.buffer.subarray(this.end + LENGTH_FIELD), this.id, length);
    return this.commit(DATA_HEADER + length);
  }

  /** Answers with one name that has no attributes. */
  answerName(name: Uint8Array): i32 {
    const names = new Names();
    const entry = new Entry();
    entry.name = name;
    entry.longName = name;
    names.id = this.id;
    names.entries.push(entry);
    return this.answer(names);
  }

  /** Answers with the real path of `path`. */
  answerRealPath(path: Uint8Array): i32 {
    const real = new RealPath(this.files, path);
    return real.error < 0 ? real.error : this.answerName(real.path);
  }

  /** Answers with a status: `result` is its code, or a negative errno. */
  answerStatus(result: i32): i32 {
    const status = new Status();
    status.id = this.id;
    status.code = statusOf(result) as u32;
    const text = result < 0 ? this.files.errorText(-result) : statusText(result);
    status.text = ascii(text);
    if (result != OK && result != EOF && this.files.logs()) this.files.log("refused: " + text);
    return this.answer(status);
  }

  /** The open file, not a folder, that the client calls `name`. */
  fileNamed(name: Uint8Array): Handle | null {
    const handle = this.handles.find(name);
    return handle == null || handle.isFolder ? null : handle;
  }

  /** Closes a file or folder. */
  close(handle: Handle): i32 {
    this.handles.remove(handle);
    if (this.files.logs()) {
      const bytes = ": " + handle.read.text() + " bytes read, " + handle.written.text() + " written";
      this.files.log('close "' + printable(handle.path) + '"' + (handle.isFolder ? "" : bytes));
    }
    return this.files.close(handle.file);
  }

  /** Closes all that is open. */
  closeAll(): void {
    for (let handle = this.handles.any(); handle != null; handle = this.handles.any()) this.close(handle);
  }

  /** Tells the log what is asked for. */
  note(what: string, path: Uint8Array, other: Uint8Array = EMPTY): void {
    if (!this.files.logs()) return;
    this.files.log(what + ' "' + printable(path) + (other.length > 0 ? '" "' + printable(other) : "") + '"');
  }

  private commit(length: i32): i32 {
    putUint32(this.buffer, this.end, length as u32);
    this.end += LENGTH_FIELD + length;
    return ANSWERED;
  }
}
