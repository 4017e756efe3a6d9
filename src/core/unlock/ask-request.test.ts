import assert from "node:assert/strict";
import { test } from "node:test";
import { AskRequest, isAnswerable, unescaped } from "./ask-request.ts";

const parse = (text: string): AskRequest | null => AskRequest.parse(Buffer.from(text));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** As systemd 257 writes it. */
const real = `[Ask]
PID=460
Socket=/run/systemd/ask-password//sck.9f17d5958e4d9091
AcceptCached=1
Echo=0
NotAfter=0
Silent=0
Message=Please enter passphrase for disk cryptroot:
Icon=drive-harddisk
Id=cryptsetup:/dev/disk/by-uuid/11111111-2222-3333-4444-555555555555
`;

test("a request of systemd-cryptsetup", () => {
  const request = parse(real)!;
  assert.equal(request.process, 460);
  assert.equal(text(request.socket), "/run/systemd/ask-password//sck.9f17d5958e4d9091");
  assert.equal(request.acceptCached, true);
  assert.equal(request.notAfter, 0);
  assert.equal(text(request.message), "Please enter passphrase for disk cryptroot:");
  assert.equal(text(request.device()), "/dev/disk/by-uuid/11111111-2222-3333-4444-555555555555");
  assert.equal(text(request.volume()), "cryptroot");
  assert.equal(request.dataset().length, 0);
});

test("what a request is for", () => {
  const device = (id: string): string => text(parse(`[Ask]\nSocket=/s\nId=${id}\n`)!.device());
  assert.equal(device("cryptsetup:/dev/disk/by-label/my\\x20disk"), "/dev/disk/by-label/my disk");
  assert.equal(device("cryptsetup:/dev/mapper/a\\\\x2db"), "/dev/mapper/a\\x2db");
  assert.equal(device("tpm2-pin"), "");
  assert.equal(device(""), "");
  const message = (words: string): AskRequest => parse(`[Ask]\nSocket=/s\nMessage=${words}`)!;
  assert.equal(text(message("Please enter passphrase for disk QEMU DISK (root):").volume()), "root");
  assert.equal(text(message("Encrypted ZFS password for tank/root:").dataset()), "tank/root");
  assert.equal(text(message("Encrypted ZFS password for tank/root").dataset()), "tank/root");
  assert.equal(message("Password:").volume().length, 0);
  assert.equal(message("").volume().length, 0);
});

test("what is unknown or elsewhere is ignored", () => {
  const request = parse(
    "Socket=/outside\n[Other]\nSocket=/other\n[Ask]\n# Socket=/c\nNew=1\nSocket=/s\nPID=x\n[More]\nId=no",
  )!;
  assert.equal(text(request.socket), "/s");
  assert.equal(request.process, 0);
  assert.equal(request.id.length, 0);
});

test("numbers of 64 bits", () => {
  assert.equal(parse("[Ask]\nSocket=/s\nNotAfter=9007199254740992")!.notAfter, 2 ** 53);
  assert.equal(parse("[Ask]\nSocket=/s\nNotAfter=-1")!.notAfter, 0);
});

test("no request without a place for the answer", () => {
  for (const file of ["", "[Ask]", "[Ask]\nSocket=", "[Ask]\nSocket=relative", "[Ask]\nSocket=/a\0b", "Socket=/s"]) {
    assert.equal(parse(file), null, file);
  }
});

test("escapes of C", () => {
  assert.equal(text(unescaped(Buffer.from('a\\x41\\101\\n\\t\\\\\\"\\s'))), 'aAA\n\t\\" ');
  assert.equal(text(unescaped(Buffer.from("\\x4 \\q \\8 \\12 \\"))), "\\x4 \\q \\8 \\12 \\");
  for (let byte = 0; byte < 256; byte++) {
    const hexadecimal = `\\x${byte.toString(16).padStart(2, "0")}`;
    assert.deepEqual([...unescaped(Buffer.from(hexadecimal))], [byte]);
    assert.deepEqual([...unescaped(Buffer.from(hexadecimal.toUpperCase().replace("X", "x")))], [byte]);
  }
});

test("what can be an answer", () => {
  assert.ok(isAnswerable(Buffer.alloc(2047, 1)));
  assert.ok(!isAnswerable(Buffer.alloc(2048, 1)));
  assert.ok(!isAnswerable(Buffer.from("a\0b")));
});
