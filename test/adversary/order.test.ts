/** Every message number in every phase: what has no business there ends the connection, or is unknown and harmless. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Fields } from "../support/ssh/wire.ts";
import * as number from "../support/ssh/numbers.ts";
import { commonArena, PHASES, type Attack, type Phase } from "./arena.ts";

const arena = commonArena();

const between = (phase: Phase, first: Phase, last: Phase): boolean =>
  PHASES.indexOf(phase) >= PHASES.indexOf(first) && PHASES.indexOf(phase) <= PHASES.indexOf(last);

/** Numbers that a client may send, though perhaps at another time. */
const KNOWN = [1, 2, 3, 4, 5, 7, 20, 21, 30, 50, 80, 81, 82, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, number.PING];

/** Allowed at nearly all times; a server need not look into them. */
const HARMLESS = [number.IGNORE, number.UNIMPLEMENTED, number.DEBUG];

/** Messages that a server takes before login without losing patience. */
const PATIENCE = 20;

/**
 * What a message with this number and nothing else in it must lead to. `unknown`: UNIMPLEMENTED (RFC 4253 section
 * 11.4). `either`: it is allowed there, or too malformed to say.
 */
function expectation(phase: Phase, n: number): "refused" | "unknown" | "either" {
  const strict = between(phase, "identified", "agreed");
  const loggedIn = between(phase, "authenticated", "running");
  const exchanging = strict || between(phase, "reproposed", "reagreed");
  if (n === number.DISCONNECT) return "either"; // a disconnect without content still says goodbye
  // Whether the exchange is strict is known only when the client's KEXINIT comes.
  if (phase === "identified" && HARMLESS.includes(n)) return "either";
  if (strict) return phase === "agreed" && n === number.NEWKEYS ? "either" : "refused";
  if (n === number.PING || HARMLESS.includes(n)) return "either";
  if (!KNOWN.includes(n)) return exchanging ? "refused" : "unknown";
  if (exchanging) return n >= 80 || (phase === "reagreed" && n === number.NEWKEYS) ? "either" : "refused";
  if ([number.REQUEST_SUCCESS, number.REQUEST_FAILURE].includes(n)) return loggedIn ? "either" : "refused";
  if (n === number.USERAUTH_REQUEST && loggedIn) return "either"; // came too late
  return "refused"; // not allowed, or allowed and without its fields
}

describe("message numbers", () => {
  for (const phase of PHASES.slice(1)) {
    const numbers = Array.from({ length: 256 }, (_, n) => n);
    const unknown = numbers.filter((n) => expectation(phase, n) === "unknown");

    test(`in phase "${phase}": refused`, async () => {
      const attacks = numbers
        .filter((n) => !unknown.includes(n))
        .map((n): Attack => ({
          name: `${phase}: message ${n}`,
          phase,
          verdict: expectation(phase, n) === "refused" ? "refused" : "either",
          act: ({ client }) => client.send(Buffer.of(n)),
        }));
      await arena().assault(attacks);
    });

    if (unknown.length === 0) continue;
    test(`in phase "${phase}": unknown`, async () => {
      const groups = Array.from({ length: Math.ceil(unknown.length / PATIENCE) }, (_, i) =>
        unknown.slice(i * PATIENCE, (i + 1) * PATIENCE),
      );
      const attacks = groups.map((group): Attack => ({
        name: `${phase}: unknown messages ${group.join(" ")}`,
        phase,
        verdict: "survives",
        async act({ client }) {
          for (const n of group) {
            const { sequence } = client.outgoing;
            client.send(Buffer.of(n));
            const answer = new Fields((await client.expect(number.UNIMPLEMENTED)).subarray(1));
            assert.equal(answer.uint32(), sequence, `message ${n}`);
          }
        },
      }));
      await arena().assault(attacks);
    });
  }
});
