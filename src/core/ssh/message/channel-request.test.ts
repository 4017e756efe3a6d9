import { test } from "node:test";
import { checkCodec } from "../../../../test/support/codec.ts";
import { message as wire } from "../../../../test/support/ssh/wire.ts";
import * as m from "./channel-request.ts";

const text = (value: string): Uint8Array => Buffer.from(value);
const fill = <T extends object>(request: T, fields: Partial<T>): T => Object.assign(request, fields);
/** The fields alone. */
const fields = (...values: (number | boolean | string)[]): Uint8Array => wire(0, ...values).subarray(1);
const bare = { numbered: false };

test("requests of a client", () => {
  const pty = fill(new m.PtyRequest(), {
    term: text("xterm"),
    columns: 80,
    rows: 25,
    widthPixels: 640,
    heightPixels: 0xffffffff,
    modes: text("\0"),
  });
  checkCodec(pty, fields("xterm", 80, 25, 640, 0xffffffff, "\0"), m.PtyRequest.decode, bare);
  const environment = fill(new m.EnvironmentRequest(), { name: text("LANG"), value: text("C") });
  checkCodec(environment, fields("LANG", "C"), m.EnvironmentRequest.decode, bare);
  checkCodec(fill(new m.ExecRequest(), { command: text("ls") }), fields("ls"), m.ExecRequest.decode, bare);
  checkCodec(fill(new m.SubsystemRequest(), { name: text("sftp") }), fields("sftp"), m.SubsystemRequest.decode, bare);
  const change = fill(new m.WindowChangeRequest(), { columns: 1, rows: 2, widthPixels: 3, heightPixels: 4 });
  checkCodec(change, fields(1, 2, 3, 4), m.WindowChangeRequest.decode, bare);
  checkCodec(fill(new m.SignalRequest(), { name: text("TERM") }), fields("TERM"), m.SignalRequest.decode, bare);
  checkCodec(fill(new m.BreakRequest(), { milliseconds: 500 }), fields(500), m.BreakRequest.decode, bare);
});

test("how a child ended", () => {
  checkCodec(fill(new m.ExitStatusRequest(), { status: 255 }), fields(255), m.ExitStatusRequest.decode, bare);
  const killed = fill(new m.ExitSignalRequest(), { name: text("KILL"), coreDumped: true, message: text("killed") });
  checkCodec(killed, fields("KILL", true, "killed", ""), m.ExitSignalRequest.decode, bare);
});
