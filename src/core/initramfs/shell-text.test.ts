import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { shellWord } from "./shell-text.ts";

test("each byte stands for itself, alone and among others", () => {
  const all = Array.from({ length: 255 }, (_, i) => i + 1);
  const texts = [[], all, all.toReversed(), ...all.map((byte) => [97, byte, byte, 98])].map((bytes) =>
    Buffer.from(bytes),
  );
  const script = Buffer.concat(
    texts.flatMap((text) => [Buffer.from("printf '%s\\0' "), shellWord(text), Buffer.from("\n")]),
  );
  const said = execFileSync("sh", ["-s"], { input: script });
  assert.deepEqual(said, Buffer.concat(texts.flatMap((text) => [text, Buffer.of(0)])));
});
