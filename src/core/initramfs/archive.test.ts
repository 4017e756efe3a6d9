/** What the kernel would make of archives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { folder, link, newc, trailer } from "../../../test/support/cpio.ts";
import { Archive, type ArchiveNode } from "./archive.ts";
import { CpioReader } from "./cpio.ts";

class Kept extends Archive {
  limitOf(path: string): number {
    return path.startsWith("keep/") ? 100 : 0;
  }
}

function unpack(...parts: Buffer[]): Kept {
  const archive = new Kept();
  const reader = new CpioReader(archive);
  reader.push(Buffer.concat([...parts, trailer]));
  assert.equal(reader.fault, "");
  return archive;
}

const text = (node: ArchiveNode | null): string | null => node && Buffer.from(node.content).toString();

test("files, their modes and owners, and which contents are kept", () => {
  const archive = unpack(
    folder("."),
    folder("./keep"),
    newc("./keep/a", "content", { mode: 0o100600, owner: 7 }),
    newc("/keep/long", "x".repeat(101)),
    newc("b", "content", { mode: 0o100755 }),
  );
  const a = archive.find("keep/a")!;
  assert.deepEqual([text(a), a.mode, a.owner, a.size, a.path()], ["content", 0o100600, 7, 7, "keep/a"]);
  assert.deepEqual([a.isSecret(), a.isRoots(), a.isProgram()], [false, false, false]);
  assert.equal(text(archive.find("/keep/../keep//./a")), "content");
  assert.deepEqual([text(archive.find("keep/long")), archive.find("keep/long")!.size], ["", 101]);
  assert.deepEqual([text(archive.find("b")), archive.find("b")!.isProgram()], ["", true]);
  assert.deepEqual(archive.root.names, ["dev", "root", "keep", "b"]);
  for (const path of ["keep/c", "b/c", "keep/a/..", "c"]) assert.equal(archive.find(path), null, path);
});

test("symbolic links, as of merged folders, and in circles", () => {
  const archive = unpack(
    folder("usr"),
    folder("usr/bin"),
    link("bin", "usr/bin"),
    link("sbin", "/usr/bin"),
    newc("bin/busybox", "", { mode: 0o100755 }),
    link("usr/bin/sh", "../../bin/busybox"),
    link("one", "two"),
    link("two", "one"),
    link("self", "self/self"),
    link("up", "../../../usr"),
  );
  const busybox = archive.find("usr/bin/busybox");
  assert.ok(busybox);
  for (const path of ["bin/sh", "sbin/sh", "/usr/bin/sh", "up/bin/sh"]) assert.equal(archive.find(path), busybox, path);
  for (const path of ["one", "two/x", "self", "usr/bin/nothing"]) assert.equal(archive.find(path), null, path);
});

test("later entries take the place of earlier ones, but for folders with something in them", () => {
  const archive = unpack(
    folder("keep"),
    newc("keep/a", "first"),
    newc("keep/a", "second"),
    folder("keep/b"),
    newc("keep/b/c", "inner"),
    newc("keep/b", "lost"),
    folder("keep/b", 0o700),
    folder("keep/empty"),
    newc("keep/empty", "file"),
    link("keep/link", "a"),
    newc("keep/link", "no link any more"),
  );
  assert.equal(text(archive.find("keep/a")), "second");
  assert.equal(text(archive.find("keep/b/c")), "inner");
  assert.equal(archive.find("keep/b")!.mode, 0o040700);
  assert.equal(text(archive.find("keep/empty")), "file");
  assert.equal(text(archive.find("keep/link")), "no link any more");
  assert.deepEqual(archive.find("keep")!.names, ["a", "b", "empty", "link"]);
});

test("what has no folder is lost", () => {
  const archive = unpack(newc("etc/a", ""), folder("etc"), newc("etc/b", ""), newc("root/c", ""), newc("etc/b/d", ""));
  assert.equal(archive.lost, "etc/a");
  assert.deepEqual(archive.find("etc")!.names, ["b"]);
  assert.ok(archive.find("root/c"));
});

test("hard links have one content, whichever entry carries it; another archive has others", () => {
  const linked = { inode: 5, links: 2 };
  const archive = unpack(
    folder("keep"),
    newc("keep/a", "", linked),
    newc("keep/b", "content", linked),
    newc("keep/c", "other", { inode: 6, links: 2 }),
    newc("keep/d", "", { inode: 6, links: 2 }),
    trailer,
    newc("keep/e", "", linked),
  );
  const contents = ["a", "b", "c", "d", "e"].map((name) => text(archive.find(`keep/${name}`)));
  assert.deepEqual(contents, ["content", "content", "other", "other", ""]);
});

test("private keys are known by how they begin", () => {
  const [key, certificate] = ["PRIVATE KEY", "CERTIFICATE"].map((label) => `-----BEGIN ${label}-----\n`);
  const archive = unpack(
    newc("a", key!),
    newc("b", certificate!),
    newc("c", `${key!}${"x".repeat(999)}`),
    newc("d", ""),
  );
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => archive.find(name)!.isPrivateKey),
    [true, false, true, false],
  );
});

test("folders within each other, also by way of links", () => {
  const archive = new Kept();
  const reader = new CpioReader(archive);
  const deep = (length: number): string => Array.from({ length }, () => "d").join("/");
  for (let length = 1; length <= 64; length++) reader.push(folder(deep(length)));
  assert.equal(archive.find(deep(64))!.path(), deep(64));
  assert.equal(archive.fault, "");
  reader.push(link("l", deep(64)));
  reader.push(folder("l/d"));
  assert.match(archive.fault, /within each other/);
});

test("more entries, and more to keep, than there is room for", () => {
  class Keeper extends Archive {
    limitOf(): number {
      return 1 << 30;
    }
  }
  const many = new Kept();
  const reader = new CpioReader(many);
  const entries = Buffer.concat(Array.from({ length: 4096 }, (_, i) => newc(`${i}`, "")));
  for (let i = 0; i < 16; i++) reader.push(entries);
  assert.equal(many.fault, "");
  reader.push(newc("a", ""));
  assert.match(many.fault, /too many/);
  const links = new Kept();
  const third = new CpioReader(links);
  for (let i = 0; i < 1050; i++) third.push(link(`${i}`, "x".repeat(4000)));
  assert.match(links.fault, /too many/);
  const large = new Keeper();
  const other = new CpioReader(large);
  for (let i = 0; i < 17; i++) other.push(newc(`${i}`, Buffer.alloc(1 << 20)));
  assert.match(large.fault, /too large/);
});
