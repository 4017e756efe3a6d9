/**
 * The SFTP server over a scripted file system: one record of the input is one packet, or raw bytes if it begins with 255.
 *
 * Each request with an id gets one answer, which is well-formed and bears that id; what is opened is closed once; where
 * nothing may be changed, nothing is. Whole and byte by byte it answers the same.
 */
import { equal } from "../../../src/core/bytes/bytes.ts";
import * as reply from "../../../src/core/ssh/sftp/message/reply.ts";
import { ExtendedReply } from "../../../src/core/ssh/sftp/message/extension.ts";
import * as number from "../../../src/core/ssh/sftp/message/number.ts";
import { Version } from "../../../src/core/ssh/sftp/message/session.ts";
import { SftpServer } from "../../../src/core/ssh/sftp/server.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { Codec, expect, Target } from "../target.ts";
import { ScriptedFiles } from "./scripted-files.ts";

const RAW: u8 = 255;

const answers: Codec[] = [
  new Codec(number.VERSION, "", (r: Reader, w: Writer) => Version.decode(r).encode(w)),
  new Codec(number.STATUS, "", (r: Reader, w: Writer) => reply.Status.decode(r).encode(w)),
  new Codec(number.HANDLE, "", (r: Reader, w: Writer) => reply.HandleReply.decode(r).encode(w)),
  new Codec(number.NAME, "", (r: Reader, w: Writer) => reply.Names.decode(r).encode(w)),
  new Codec(number.ATTRS, "", (r: Reader, w: Writer) => reply.AttributesReply.decode(r).encode(w)),
  new Codec(number.EXTENDED_REPLY, "", (r: Reader, w: Writer) => ExtendedReply.decode(r).encode(w)),
];

export class Sftp extends Target {
  /** The last one: what it holds is measured. */
  server: SftpServer | null = null;
  private readOnly: bool;

  constructor(name: string, readOnly: bool) {
    super(name);
    this.readOnly = readOnly;
    this.records = true;
    this.longest = 16384;
    this.memoryLimit = 4 << 20;
  }

  run(input: Uint8Array, out: Writer): void {
    const whole = this.play(input, 0x7fffffff);
    expect(equal(whole, this.play(input, 1)), "byte by byte is not as whole");
    out.raw(whole);
  }

  private play(input: Uint8Array, piece: i32): Uint8Array {
    const out = new Writer(4096);
    const files = new ScriptedFiles(out);
    const server = new SftpServer(files, this.readOnly);
    const w = new Writer(256);
    this.server = server;
    let at = 0;
    while (at + 2 < input.length && server.fault.length == 0) {
      const length = ((input[at] as i32) << 8) | (input[at + 1] as i32);
      const end = at + 2 + length < input.length ? at + 2 + length : input.length;
      const record = input.subarray(at + 2, end);
      w.reset();
      if (record.length > 0 && record[0] == RAW) w.raw(record.subarray(1));
      else w.string(record);
      this.give(server, w.written(), piece, out);
      at = end;
    }
    server.end();
    expect(files.opened == files.closed, "what is opened is closed");
    expect(!this.readOnly || files.changes == 0, "nothing is changed where nothing may be");
    out.text(server.fault);
    return out.written();
  }

  private give(server: SftpServer, bytes: Uint8Array, piece: i32, out: Writer): void {
    let at = 0;
    while (at < bytes.length && server.fault.length == 0) {
      const room = server.input();
      expect(room.length > 0, "there is room unless a packet waits");
      let count = bytes.length - at < room.length ? bytes.length - at : room.length;
      if (count > piece) count = piece;
      room.set(bytes.subarray(at, at + count));
      server.received(count);
      at += count;
      while (server.hasPacket() && server.fault.length == 0) this.handle(server, out);
    }
  }

  /** One request, one answer. */
  private handle(server: SftpServer, out: Writer): void {
    const handled = server.handle();
    expect(handled || server.fault.length > 0, "with all output taken there is room for an answer");
    const output = server.output();
    expect((output.length == 0) == server.fault.length > 0, "an answer, or a fault");
    if (output.length == 0) return;
    const r = new Reader(output);
    const answer = r.string();
    expect(r.ok(), "one whole answer");
    this.check(answer, out);
    server.sent(output.length >> 1);
    server.sent(output.length - (output.length >> 1));
  }

  private check(answer: Uint8Array, out: Writer): void {
    const type = answer[0] as i32;
    if (type == number.DATA) {
      const r = new Reader(answer.subarray(1));
      r.uint32();
      r.string();
      expect(r.ok(), "data is well-formed");
      out.raw(answer);
      return;
    }
    const before = out.written().length;
    for (let i = 0; i < answers.length; i++) {
      if (answers[i].number == type) answers[i].check(answer.subarray(1), out);
    }
    expect(out.written().length - before > 1, "an answer is well-formed");
  }
}
