/** Archives of GNU cpio and of libarchive, and what they say is in them; and what is wrong with others. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { newc, trailer } from "../../../test/support/cpio.ts";
import { type CpioEntry, CpioReader, CpioVisitor } from "./cpio.ts";

interface Seen {
  name: string;
  mode: number;
  size: number;
  links: number;
  content: string;
}

class Collector extends CpioVisitor {
  readonly seen: Seen[] = [];
  archives = 0;
  readonly limit: number;

  constructor(limit = 1 << 20) {
    super();
    this.limit = limit;
  }

  bytesOf(): number {
    return this.limit;
  }

  take({ name, mode, size, links, content }: CpioEntry): void {
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
    this.seen.push({ name: text(name), mode, size, links, content: text(content) });
  }

  end(): void {
    this.archives++;
  }
}

/** Reads `bytes` in pieces of `step`. */
function read(bytes: Uint8Array, step = bytes.length, limit?: number) {
  const collector = new Collector(limit);
  const reader = new CpioReader(collector);
  let taken = 0;
  for (let at = 0; at < bytes.length; at += step) {
    const piece = bytes.subarray(at, at + step);
    const n = reader.push(piece);
    taken += n;
    if (n < piece.length) break;
  }
  reader.finish();
  return { ...collector, taken, fault: reader.fault, names: collector.seen.map(({ name }) => name) };
}

const folder = mkdtempSync(join(tmpdir(), "postern-cpio-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "tree/usr/bin"), { recursive: true });
const tree = join(folder, "tree");
for (let length = 0; length < 9; length++) writeFileSync(join(tree, `f${"x".repeat(length)}`), "y".repeat(length));
writeFileSync(join(tree, "usr/bin/large"), Buffer.alloc(70_000, "large "));
chmodSync(join(tree, "usr/bin/large"), 0o4755);
linkSync(join(tree, "usr/bin/large"), join(tree, "usr/bin/linked"));
symlinkSync("usr/bin", join(tree, "bin"));
execFileSync("mkfifo", [join(tree, "fifo")]);

function sh(command: string): Buffer {
  return execFileSync("sh", ["-c", command], { cwd: tree, stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 24 });
}

const writers = {
  "GNU cpio, newc": "find . | cpio -o -H newc",
  "GNU cpio, crc": "find . | cpio -o -H crc",
  "GNU cpio, names without ./": "find * | cpio -o -H newc",
  libarchive: "bsdtar --format newc -cf - .",
};
for (const [writer, command] of Object.entries(writers)) {
  test(`${writer}: the same as GNU cpio lists, and the contents`, () => {
    const bytes = sh(command);
    writeFileSync(join(folder, "archive"), bytes);
    const listed = sh("cpio -t --quiet -F ../archive").toString().trimEnd().split("\n");
    for (const step of [bytes.length, 4096, 1000, 7]) {
      const { seen, names, fault, archives, taken } = read(bytes, step);
      assert.deepEqual([fault, archives, taken], ["", 1, bytes.length]);
      assert.deepEqual(
        names.map((name) => name.replace(/^\.\//, "")),
        listed.map((name) => name.replace(/^\.\//, "")),
      );
      for (const { name, mode, size, content } of seen) {
        if ((mode & 0o170000) === 0o100000 && size > 0) {
          assert.equal(content, readFileSync(join(tree, name), "latin1"), name);
        }
        if (name.endsWith("large")) assert.equal(mode, 0o104755);
        if (name.endsWith("bin") && !name.endsWith("usr/bin")) assert.equal(content, "usr/bin");
      }
      assert.ok(seen.filter(({ links, name }) => links === 2 && /large|linked/.test(name)).length === 2);
    }
  });
}

const one = Buffer.concat([newc("a", "content"), trailer]);

test("only as much of a content as is asked for", () => {
  const bytes = Buffer.concat([newc("a", "content"), newc("b", "12345"), trailer]);
  for (let limit = 0; limit < 9; limit++) {
    for (const step of [1, 3, bytes.length]) {
      const contents = read(bytes, step, limit).seen.map(({ content }) => content);
      assert.deepEqual(contents, ["content".slice(0, limit), "12345".slice(0, limit)]);
    }
  }
});

test("archives behind each other, with zeros between them", () => {
  const bytes = Buffer.concat([one, Buffer.alloc(512), newc("b", ""), Buffer.alloc(8), newc("c", "3"), trailer]);
  const { names, fault, archives } = read(Buffer.concat([bytes, Buffer.alloc(3)]));
  assert.deepEqual([names, fault, archives], [["a", "b", "c"], "", 2]);
});

test("what is no archive is left alone", () => {
  for (const other of ["\x28\xb5\x2f\xfd", "garbage", "\x1f\x8b"]) {
    const bytes = Buffer.concat([one, Buffer.alloc(4), Buffer.from(other, "latin1")]);
    assert.deepEqual(read(bytes).taken, one.length + 4);
    assert.equal(read(bytes).fault, "");
  }
  // The kernel looks for an entry at multiples of four alone.
  assert.equal(read(Buffer.concat([one, Buffer.alloc(2), one])).taken, one.length + 2);
  assert.equal(read(Buffer.from("no archive")).taken, 0);
});

test("an archive that was cut short, anywhere", () => {
  const bytes = Buffer.concat([newc("a", "content"), newc("bc", "x"), trailer]);
  for (let length = 1; length < bytes.length; length++) {
    assert.match(read(bytes.subarray(0, length)).fault, /cut short/, `${length}`);
  }
  assert.equal(read(bytes).fault, "");
});

test("headers that are none", () => {
  const cases: [bytes: Buffer, fault: RegExp][] = [
    [Buffer.concat([newc("a", ""), Buffer.from("070707"), Buffer.alloc(200, "0")]), /no entry .* behind a$/],
    [Buffer.from("0".repeat(110)), /no entry of a cpio archive \(newc\)$/],
    [newc("a", "", { size: "0000000g" }), /no entry/],
    [newc("a", "", { size: "      01" }), /no entry/],
    [newc("a", "", { nameSize: "00000000" }), /name/],
    [newc("a", "", { nameSize: "00001001" }), /too long/],
    [newc("a", "", { nameSize: "ffffffff" }), /too long/],
    [newc("a\0b", ""), /without an end/],
    [newc("ab", "", { nameSize: "00000002" }), /without an end/],
  ];
  for (const [bytes, fault] of cases) assert.match(read(Buffer.concat([bytes, trailer])).fault, fault);
  assert.deepEqual(read(Buffer.concat([newc("x".repeat(4095), ""), trailer])).fault, "");
});

test("a content of four gigabytes that isn't there", () => {
  assert.match(read(newc("a", "", { size: "ffffffff" }), 50).fault, /cut short/);
});

test("any bytes: the same whatever the pieces", () => {
  const part = fc.oneof(
    fc.tuple(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 })).map(([name, content]) => newc(name, content)),
    fc.constant(trailer),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), (parts, step) => {
      const bytes = Buffer.concat(parts);
      if (bytes.length > 0) assert.deepEqual(read(bytes, step), read(bytes));
    }),
  );
});
