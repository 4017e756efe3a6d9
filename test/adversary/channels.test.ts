/** Clients that break the rules of channels, RFC 4254: windows, numbers, sizes, and too much of everything. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as number from "../support/ssh/numbers.ts";
import { environment, open, request, Session, terminal, windowChange } from "../support/ssh/session.ts";
import { encode, Fields, message, uint32 } from "../support/ssh/wire.ts";
import { commonArena, type Attack, type Attacker, type Phase, type Verdict } from "./arena.ts";

const arena = commonArena();

const attack = (
  name: string,
  phase: Phase,
  verdict: Verdict,
  act: (attacker: Attacker) => Promise<void> | void,
): Attack => ({ name, phase, verdict, act });

/** Sends one payload in `phase`, which must be refused. */
const refused = (name: string, phase: Phase, make: (attacker: Attacker) => Buffer): Attack =>
  attack(name, phase, "refused", (attacker) => attacker.client.send(make(attacker)));

describe("channels", () => {
  test("that are not open", () =>
    arena().assault(
      [0, 1, 9, 10, 255, 0x7fffffff, 0xffffffff].flatMap((channel) => [
        refused(`data to ${channel}`, "authenticated", () => message(number.CHANNEL_DATA, channel, "x")),
        refused(`request to ${channel}`, "authenticated", () => request(channel, "shell", true)),
        refused(`adjust of ${channel}`, "authenticated", () => message(number.CHANNEL_WINDOW_ADJUST, channel, 1)),
        refused(`end of ${channel}`, "authenticated", () => message(number.CHANNEL_EOF, channel)),
        refused(`close of ${channel}`, "authenticated", () => message(number.CHANNEL_CLOSE, channel)),
        refused(`confirmation of ${channel}`, "authenticated", () =>
          message(number.CHANNEL_OPEN_CONFIRMATION, channel, 0, 1, 1),
        ),
      ]),
    ));

  test("with more data than their window", () =>
    arena().assault([
      attack("past the window", "opened", "refused", async ({ client, session }) => {
        await session.start("sleep 5"); // which reads nothing
        const pipe = 1 << 20; // no pipe takes more, and gives it back to the window
        for (let sent = 0; sent <= session.window + pipe; sent += 32_768)
          client.send(message(number.CHANNEL_DATA, session.theirs, Buffer.alloc(32_768)));
      }),
      refused("past the packet size", "running", ({ session }) =>
        message(number.CHANNEL_DATA, session.theirs, Buffer.alloc(session.packet + 1)),
      ),
      attack("after its end", "opened", "refused", async ({ client, session }) => {
        await session.start("sleep 5"); // which goes on; a channel that ends too is no longer looked at
        session.endOfInput();
        client.send(message(number.CHANNEL_DATA, session.theirs, "x"));
      }),
      attack("a window past 2^32", "running", "refused", ({ client, session }) => {
        client.send(message(number.CHANNEL_WINDOW_ADJUST, session.theirs, 0xffffffff));
      }),
      attack("a length past the message", "running", "refused", ({ client, session }) => {
        client.send(Buffer.concat([Buffer.of(number.CHANNEL_DATA), uint32(session.theirs), uint32(0x7fffffff)]));
      }),
    ]));

  test("with a window of nothing, or of a byte at a time", () =>
    arena().assault([
      attack("no window", "authenticated", "survives", async ({ client, session }) => {
        client.send(open(0, 0));
        session.theirs = new Fields((await client.expect(number.CHANNEL_OPEN_CONFIRMATION)).subarray(5)).uint32();
        await session.start("echo hello");
        for (let i = 0; i < 6; i++) {
          client.send(message(number.CHANNEL_WINDOW_ADJUST, session.theirs, 1));
          const data = new Fields((await client.expect(number.CHANNEL_DATA)).subarray(5)).string();
          assert.equal(data.toString(), "hello\n"[i]);
        }
      }),
      attack("packets of nothing", "authenticated", "survives", async ({ client }) => {
        client.send(open(0, 1000, 0));
        await client.expect(number.CHANNEL_OPEN_FAILURE);
      }),
    ]));

  test("too many", () =>
    arena().assault([
      attack("100 sessions", "authenticated", "survives", async ({ client }) => {
        let refused = 0;
        for (let i = 0; i < 100; i++) {
          client.send(open(i));
          const answer = await client.expect(number.CHANNEL_OPEN_CONFIRMATION, number.CHANNEL_OPEN_FAILURE);
          if (answer[0] === number.CHANNEL_OPEN_FAILURE) refused++;
        }
        assert.ok(refused > 0);
      }),
      attack("of other types", "authenticated", "survives", async ({ client }) => {
        for (const type of ["forwarded-tcpip", "x11", "tun@openssh.com", "", "session\0"]) {
          client.send(message(number.CHANNEL_OPEN, type, 0, 1000, 1000));
          await client.expect(number.CHANNEL_OPEN_FAILURE);
        }
      }),
      attack("after no more were to come", "authenticated", "survives", async ({ client }) => {
        client.send(message(number.GLOBAL_REQUEST, "no-more-sessions@openssh.com", false));
        client.send(open(0));
        await client.expect(number.CHANNEL_OPEN_FAILURE);
      }),
    ]));

  test("and requests that are too much, or unknown", () =>
    arena().assault([
      attack("2000 variables", "opened", "survives", async ({ session }) => {
        let refused = 0;
        for (let i = 0; i < 2000; i++)
          if (!(await session.ask(environment(session.theirs, `LC_${i}`, "x".repeat(100))))) refused++;
        assert.ok(refused > 0);
        await session.start("true");
      }),
      attack("variables that are no names", "opened", "survives", async ({ session }) => {
        for (const name of ["", "LANG=x", "LC_\0", "LC_=", "LC_\n"])
          assert.ok(!(await session.ask(environment(session.theirs, name, "x"))), name);
        assert.ok(!(await session.ask(environment(session.theirs, "LANG", "a\0b"))));
      }),
      attack("unknown requests", "opened", "survives", async ({ session }) => {
        for (const name of ["x11-req", "", "x".repeat(1000)])
          assert.ok(!(await session.ask(request(session.theirs, name, true, Buffer.alloc(20)))), name);
      }),
      attack("two commands", "running", "survives", async ({ session }) => {
        assert.ok(!(await session.ask(request(session.theirs, "exec", true, encode("true")))));
        assert.ok(!(await session.ask(request(session.theirs, "shell", true))));
      }),
      attack("two terminals", "opened", "survives", async ({ session }) => {
        assert.ok(await session.ask(terminal(session.theirs)));
        assert.ok(!(await session.ask(terminal(session.theirs))));
      }),
      attack("a terminal too late", "running", "survives", async ({ session }) => {
        assert.ok(!(await session.ask(terminal(session.theirs))));
      }),
      attack("a command with a NUL", "opened", "either", async ({ session }) => {
        assert.ok(!(await session.ask(request(session.theirs, "exec", true, encode("true\0rm")))));
      }),
      attack("a command of 32000 bytes", "opened", "survives", async ({ session }) => {
        await session.start(`echo ${"x".repeat(32_000)} | wc -c`);
        await session.sees("32001");
      }),
      attack("an unknown signal", "running", "survives", async ({ session }) => {
        assert.ok(!(await session.ask(request(session.theirs, "signal", true, encode("../TERM")))));
      }),
      attack("a huge terminal", "opened", "survives", async ({ client, session }) => {
        assert.ok(await session.ask(terminal(session.theirs, 0xffffffff, 0xffffffff)));
        client.send(windowChange(session.theirs, 0x80000000, 0));
        await session.start("echo alive");
        await session.sees("alive");
      }),
      attack("a window change before the shell is seen in it", "opened", "survives", async ({ client, session }) => {
        assert.ok(await session.ask(terminal(session.theirs, 80, 24)));
        client.send(windowChange(session.theirs, 132, 43));
        await session.start("stty size");
        await session.sees("43 132");
      }),
      attack("1000 global requests", "authenticated", "survives", async ({ client }) => {
        for (let i = 0; i < 1000; i++) client.send(message(number.GLOBAL_REQUEST, "tcpip-forward", true, "", 0));
        for (let i = 0; i < 1000; i++) await client.expect(number.REQUEST_FAILURE);
      }),
    ]));

  test("closed in every order", () => {
    const { CHANNEL_EOF: EOF, CHANNEL_CLOSE: CLOSE } = number;
    const orders = [[EOF, CLOSE], [CLOSE], [EOF, EOF], [CLOSE, EOF], [CLOSE, CLOSE], [EOF]];
    return arena().assault(
      (["opened", "running"] as const).flatMap((phase) =>
        orders.map((order) =>
          attack(`${phase}: ${order.join(" ")}`, phase, "either", async ({ client, session }) => {
            for (const n of order) client.send(message(n, session.theirs));
            if (order.join() !== `${EOF},${CLOSE}`) return;
            await client.expect(CLOSE);
            const another = new Session(client, 7);
            await another.open();
          }),
        ),
      ),
    );
  });
});
