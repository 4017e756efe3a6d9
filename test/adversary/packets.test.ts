/** Packets that are wrong as such: lengths, padding, tags, sequence numbers, replays, and noise in their place. */
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import * as number from "../support/ssh/numbers.ts";
import { frame } from "../support/ssh/packet.ts";
import { message } from "../support/ssh/wire.ts";
import { commonArena, type Attack, type Attacker, type Phase, type Verdict } from "./arena.ts";

const arena = commonArena();

/** Before the first keys, after them, logged in, and in the middle of another key exchange. */
const phases: Phase[] = ["identified", "proposed", "agreed", "protected", "authenticating", "running", "reproposed"];
const sealed: Phase[] = ["protected", "authenticating", "running", "reproposed"];

/** RFC 4253 section 6.1: packets of 35000 bytes must be taken. */
const LARGEST_CERTAIN = 35_000;

const ignore = (length: number): Buffer => message(number.IGNORE, Buffer.alloc(length));

/** The same attack in several phases. */
const everywhere = (
  places: Phase[],
  name: string,
  act: (attacker: Attacker) => Promise<void> | void,
  verdict: Verdict = "refused",
): Attack[] => places.map((phase) => ({ name: `${phase}: ${name}`, phase, verdict, act }));

/** Sends one message and shows that the connection still lives, by one that gets an answer. */
async function showLife({ client }: Attacker): Promise<void> {
  client.send(message(number.PING, "alive"));
  await client.expect(number.PONG);
}

describe("packets", () => {
  test("lengths", async () => {
    const lengths = [
      0,
      1,
      2,
      4,
      5,
      6,
      7,
      11,
      13,
      15,
      17,
      100_000,
      1 << 20,
      0x7fffffff,
      0x80000000,
      0xfffffffc,
      0xffffffff,
    ];
    const attacks = lengths.flatMap((length) =>
      everywhere(phases, `packet_length ${length}`, ({ client }) => {
        client.send(ignore(32), { length });
        client.write(Buffer.alloc(64)); // so that a short one isn't waited for
      }),
    );
    await arena().assault(attacks);
  });

  test("padding", async () => {
    const fields = [0, 1, 2, 3, 200, 255].flatMap((paddingField) =>
      everywhere(phases, `padding_length ${paddingField}`, ({ client }) => client.send(ignore(32), { paddingField })),
    );
    const all = everywhere(phases, "nothing but padding", ({ client }) => client.send(Buffer.alloc(0)));
    await arena().assault([...fields, ...all]);
  });

  test("more padding than needed is in order", async () => {
    const most = everywhere(
      ["protected", "authenticating", "running"],
      "255 bytes of padding",
      async (attacker) => {
        attacker.client.send(ignore(3), { padding: 255 });
        await showLife(attacker);
      },
      "survives",
    );
    await arena().assault(most);
  });

  test("sizes", async () => {
    const survives = everywhere(
      ["protected", "authenticating", "running"],
      "the largest packet that must be taken",
      async (attacker) => {
        attacker.client.send(ignore(LARGEST_CERTAIN - 16 - 14));
        await showLife(attacker);
      },
      "survives",
    );
    const refused = [100_000, 1_000_000].flatMap((length) =>
      everywhere(phases, `${length} bytes`, ({ client }) => client.send(ignore(length))),
    );
    await arena().assault([...survives, ...refused]);
  });

  test("tags: each bit of a packet counts", async () => {
    const length = 48;
    const attacks = Array.from({ length }, (_, at) =>
      everywhere(at % 8 === 0 ? sealed : [sealed[at % sealed.length]!], `byte ${at} flipped`, ({ client }) => {
        const packet = client.seal(ignore(length - 16 - 14));
        packet[at]! ^= 1 << (at % 8);
        client.write(packet);
        client.write(Buffer.alloc(40_000)); // whatever length that makes, it has come
      }),
    );
    await arena().assault(attacks.flat());
  });

  test("sequence numbers", async () => {
    const wrong = [-1, 1, 2, 3, 0x80000000].flatMap((offset) =>
      everywhere(sealed, `sequence number off by ${offset}`, ({ client }) => {
        client.send(ignore(1), { sequence: (client.outgoing.sequence + offset) >>> 0 });
        client.write(Buffer.alloc(40_000));
      }),
    );
    const dropped = everywhere(sealed, "a packet is missing", ({ client }) => {
      client.seal(ignore(1));
      client.send(ignore(1));
      client.write(Buffer.alloc(40_000));
    });
    await arena().assault([...wrong, ...dropped]);
  });

  test("replays", async () => {
    const twice = everywhere(sealed, "the same packet twice", ({ client }) => {
      const packet = client.seal(ignore(100));
      client.write(packet);
      client.write(packet);
      client.write(Buffer.alloc(40_000));
    });
    const swapped = everywhere(sealed, "two packets swapped", ({ client }) => {
      const first = client.seal(ignore(100));
      client.write(client.seal(ignore(100)));
      client.write(first);
      client.write(Buffer.alloc(40_000));
    });
    const bare = everywhere(sealed, "an unprotected packet", ({ client }) => {
      const packet = frame(ignore(100), client.outgoing.protection);
      client.write(packet);
      client.write(Buffer.alloc(40_000));
    });
    await arena().assault([...twice, ...swapped, ...bare]);
  });

  test("noise", async () => {
    const attacks = Array.from({ length: 12 }, (_, i) => {
      const noise = randomBytes(i % 2 === 0 ? 64 : 50_000);
      const start = noise.toString("hex", 0, 16);
      return everywhere(phases, `random bytes ${start}…`, ({ client }) => {
        client.write(noise);
        client.write(Buffer.alloc(40_000)); // unprotected noise may announce that much
      });
    });
    await arena().assault(attacks.flat());
  });
});
