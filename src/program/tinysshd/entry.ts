import { call, whole } from "../../linux/sys.ts";
import { Reader } from "../../core/wire/reader.ts";
import { Writer } from "../../core/wire/writer.ts";
import { ascii, isText } from "../../core/bytes/text.ts";
export function start(): void {}
export function step(): i32 {
  const w = new Writer(2);
  w.text("hello\n");
  const r = new Reader(w.written());
  const b = r.string();
  call(1, 64, 1, whole(b), b.length as i64);
  return isText(ascii("x"), "x") && r.ok() ? 0 : 1;
}
