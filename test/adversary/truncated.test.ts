/** Every message cut short at every byte, with bytes too many, and with each byte changed. */
import { describe, test } from "node:test";
import { commonArena, type Attack } from "./arena.ts";
import { specimens } from "./messages.ts";

const arena = commonArena();

/** Requests whose names the server doesn't know have content that it can't know either. */
const OPAQUE = ["CHANNEL_REQUEST break"];

/** Bytes of a message, known only once it has been made in its phase. */
async function lengthOf(specimen: (typeof specimens)[number]): Promise<number> {
  const attacker = await arena().enter(specimen.phase);
  const { length } = specimen.make(attacker);
  attacker.client.destroy();
  return length;
}

describe("messages", () => {
  for (const specimen of specimens) {
    const { name, phase } = specimen;
    const header = OPAQUE.includes(name) ? "CHANNEL_REQUEST".length : Infinity;

    test(`${name} cut short`, async () => {
      const attacks = Array.from({ length: await lengthOf(specimen) }, (_, length): Attack => ({
        name: `${name}, ${length} bytes`,
        phase,
        verdict: length >= header ? "either" : "refused",
        act: (attacker) => attacker.client.send(specimen.make(attacker).subarray(0, length)),
      }));
      await arena().assault(attacks);
    });

    test(`${name} spoiled`, async () => {
      const length = await lengthOf(specimen);
      const spoiled = Array.from({ length: Math.min(length, 120) }, (_, at): Attack => ({
        name: `${name}, byte ${at} turned`,
        phase,
        verdict: "either",
        act(attacker) {
          const payload = Buffer.from(specimen.make(attacker));
          payload[at]! ^= 0xff;
          attacker.client.send(payload);
        },
      }));
      const longer = [1, 4, 1000].map((extra): Attack => ({
        name: `${name}, ${extra} bytes too many`,
        phase,
        verdict: "either",
        act: (attacker) => attacker.client.send(Buffer.concat([specimen.make(attacker), Buffer.alloc(extra)])),
      }));
      await arena().assault([...spoiled, ...longer]);
    });
  }
});
