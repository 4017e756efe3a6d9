/** First lines that are none, or not SSH's, RFC 4253 section 4.2. */
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { commonArena, type Attack } from "./arena.ts";

const arena = commonArena();

const refused: [name: string, bytes: string | Buffer][] = [
  ["SSH-1.5", "SSH-1.5-old\r\n"],
  ["SSH-1.3", "SSH-1.3-older\n"],
  ["a version to come", "SSH-3.0-new\r\n"],
  ["a version alike", "SSH-2.01-x\r\n"],
  ["lower case", "ssh-2.0-x\r\n"],
  ["no software version's dash", "SSH-2.0\r\n"],
  ["cut short", "SSH-\r\n"],
  ["an empty line", "\r\n"],
  ["a line of text first", "hello\r\nSSH-2.0-x\r\n"],
  ["a NUL in it", "SSH-2.0-x\0y\r\n"],
  ["HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["TLS", Buffer.concat([Buffer.from("1603010200010001fc0303", "hex"), randomBytes(500)])],
  ["256 bytes", `SSH-2.0-${"x".repeat(246)}\r\n`],
  ["no end", `SSH-2.0-${"x".repeat(100_000)}`],
  ["a megabyte of line ends", "\n".repeat(1 << 20)],
  ["a megabyte of zeros", Buffer.alloc(1 << 20)],
];

const accepted: [name: string, line: string][] = [
  ["255 bytes", `SSH-2.0-${"x".repeat(245)}`],
  ["a comment", "SSH-2.0-x a comment, with more words"],
];

test("what is no identification is refused", () =>
  arena().assault([
    ...refused.map(([name, bytes]): Attack => ({
      name,
      phase: "connected",
      verdict: "refused",
      act: ({ client }) => client.write(bytes),
    })),
    ...Array.from({ length: 40 }, (_, i): Attack => {
      const noise = randomBytes(300 + i);
      return {
        name: `random bytes ${noise.toString("hex", 0, 16)}…`,
        phase: "connected",
        verdict: "refused",
        act: ({ client }) => client.write(Buffer.concat([noise, Buffer.from("\n")])),
      };
    }),
  ]));

test("what is one is accepted", () =>
  arena().assault(
    accepted.map(([name, identification]): Attack => ({
      name,
      phase: "authenticated",
      options: { identification },
      verdict: "survives",
      act: () => {},
    })),
  ));
