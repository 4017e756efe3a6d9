/** The log of a server with real clients: what docs/log.md says of it, hostile words, and the filter for fail2ban. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../../src/native/build.ts";
import { makeKey, readKey } from "../support/keys.ts";
import { Server } from "../support/server.ts";
import { attempt, keyRequest, login, startAuthentication } from "../support/ssh/authentication.ts";
import { Client } from "../support/ssh/client.ts";
import { execute } from "../support/ssh/session.ts";
import { installed } from "../support/stage.ts";

/** Banned would be 192.0.2.66, or more lines be there, if any of it were believed. */
const FORGERIES = [
  "x\ntinysshd: aaaaaaaa: info: auth-fail: 192.0.2.66:1: y rejected",
  "tinysshd: aaaaaaaa: info: auth-fail: 192.0.2.66:1: ",
  'x","event":"auth-fail","remote":"192.0.2.66","message":"auth-fail: 192.0.2.66:1: ',
  '{"time":"2026-01-01T00:00:00.000Z","level":"info","program":"tinysshd","session":"aaaaaaaa","message":"auth-fail: 192.0.2.66:1: ',
  "\u001b[2J\u0000".replace("\u0000", "\u007f"),
  "é\\\"'%s{}$(id)",
  "u".repeat(256),
];

/** The address of the client that does nothing but log in and leave. */
const GOOD = "127.0.0.20";
const BAD = "127.0.0.21";
const SCANNER = "127.0.0.22";

/** What clients do to the server whose log is looked at. */
async function misbehave(server: Server): Promise<void> {
  const own = readKey(server.key.path);
  const stranger = readKey(makeKey(join(server.stage.folder, "stranger")).path);
  for (const user of FORGERIES) {
    const client = await Client.connect(server.port, { localAddress: BAD });
    await client.handshake();
    await startAuthentication(client);
    await attempt(client, keyRequest(client, user, stranger));
    client.destroy();
  }
  const scanner = await Client.connect(server.port, { localAddress: SCANNER });
  scanner.write(`GET ${FORGERIES[1]}\r\n\r\n`);
  await scanner.drain();
  scanner.destroy();
  const client = await Client.connect(server.port, { localAddress: GOOD });
  await login(client, server.account.name, own);
  for (const command of FORGERIES) await execute(client, `true '${command.replaceAll("'", "")}'`, Buffer.from("12345"));
  client.destroy();
  await server.idle();
}

for (const form of ["text", "json"] as const)
  describe(`as ${form}`, () => {
    let server: Server;
    let lines: string[];
    before(async () => {
      server = await Server.start({ options: ["-v", "--log", form] });
      await misbehave(server);
      lines = server.log().trimEnd().split("\n");
    });
    after(() => server?.stop());

    /** A line's identifier of the connection, event and words; JSON must be that of docs/log.md. */
    const parse = (line: string): { session: string; event: string; words: string } => {
      if (form === "json") {
        const { session = "", event = "", message, ...rest } = JSON.parse(line) as Record<string, string>;
        for (const value of Object.values(rest)) assert.match(value, /^[ -~]*$/);
        assert.ok(event === "" || message!.startsWith(`${event}: `));
        return { session, event, words: message! };
      }
      const [, session = "", event = "", words = ""] = /^tinysshd: (?:(\w{8}): )?\w+: (?:([a-z-]+): )?(.*)$/.exec(
        line,
      )!;
      return { session, event, words };
    };

    test("every line is printable, and begins as it must", () => {
      for (const line of lines) {
        assert.match(line, /^[ -~]+$/);
        assert.match(line, form === "json" ? /^\{"time":"[^"]+Z","level":"\w+","program":"tinysshd",/ : /^tinysshd: /);
        assert.ok(line.length < 2500, line);
      }
    });

    test("all lines of a connection have its identifier, and its events come in order", () => {
      const parsed = lines.map(parse);
      const good = parsed.find(({ event, words }) => event === "auth-ok" && words.includes(GOOD))!.session;
      assert.match(good, /^[A-Za-z0-9]{8}$/);
      const events = parsed.filter(({ session }) => session === good).map(({ event }) => event);
      const visits = FORGERIES.flatMap(() => ["session", "exec", "exit"]);
      assert.deepEqual(events, ["connect", "auth-ok", ...visits, "bytes", "disconnect"]);
      const sessions = new Set(parsed.map(({ session }) => session).filter((session) => session !== ""));
      assert.equal(sessions.size, FORGERIES.length + 2);
    });

    test("a login is told with user and fingerprint, a refusal with its reason", () => {
      const log = lines.join("\n");
      const { line } = readPublic(server.key.path);
      const fingerprint = execFileSync("ssh-keygen", ["-lf", "-"], { input: line, encoding: "utf8" }).split(" ")[1]!;
      const login = lines.find((one) => one.includes("auth-ok: "))!;
      assert.ok(login.includes(`${server.account.name}: ssh-ed25519 ${fingerprint} accepted`), login);
      const bytes = `${5 * FORGERIES.length} received, 0 sent`;
      assert.ok(
        lines.some((one) => one.includes(`bytes: ${GOOD}:`) && one.includes(bytes)),
        log,
      );
      assert.equal(log.match(/auth-fail: 127\.0\.0\.21:\d+: /g)?.length, FORGERIES.length);
      if (form === "text") return;
      const refused = lines
        .map((one) => JSON.parse(one) as Record<string, string>)
        .filter((one) => one.event === "auth-fail");
      assert.ok(refused.every(({ reason, remote }) => reason === "not-authorized" && remote === BAD));
      assert.equal(refused.at(-1)!.user, "u".repeat(256));
    });

    const fail2ban = { skip: !installed("fail2ban-regex") && "fail2ban is not installed" };

    /** How the log is read: as it is, and as syslog and the journal show it. */
    const shown: [name: string, show: (line: string) => string][] = [
      ...(form === "json" ? [["a file", (line: string) => line] as [string, (line: string) => string]] : []),
      ["the journal", (line) => `2026-11-21T04:23:50+00:00 gate tinysshd[812]: ${line}`],
      ["syslog", (line) => `Nov 21 04:23:50 gate tinysshd[812]: ${line.replace(/^tinysshd: /, "")}`],
    ];
    for (const [name, show] of shown)
      test(`fail2ban finds in ${name} who was refused, and nobody else`, fail2ban, () => {
        const file = join(server.stage.folder, "shown.log");
        writeFileSync(file, lines.map((line) => `${show(line)}\n`).join(""));
        const filter = join(root, "boot/fail2ban/postern.conf");
        const found = (mode: string): string[] =>
          execFileSync("fail2ban-regex", ["-o", "ip", file, `${filter}[mode=${mode}]`], { encoding: "utf8" })
            .trimEnd()
            .split("\n");
        assert.deepEqual(found("normal"), Array<string>(FORGERIES.length).fill(BAD));
        const all = found("aggressive");
        assert.equal(all.length, 2 * FORGERIES.length + 1);
        assert.deepEqual([...new Set(all)].toSorted(), [BAD, SCANNER]);
      });
  });

const readPublic = (path: string): { line: string } => ({ line: readFileSync(`${path}.pub`, "utf8") });
