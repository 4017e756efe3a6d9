/**
 * The same behaviour of a client towards our server and towards Debian's sshd: both must answer alike, or differences.ts
 * says why they don't.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Arena } from "../adversary/arena.ts";
import { Server } from "../support/server.ts";
import { installed } from "../support/stage.ts";
import { behaviours, type Behaviour } from "./behaviours.ts";
import { differences } from "./differences.ts";
import { Witness } from "./witness.ts";

async function witnessed(arena: Arena, behaviour: Behaviour): Promise<string[]> {
  const attacker = await arena.enter(behaviour.phase);
  const witness = new Witness(attacker);
  try {
    await behaviour.act(witness);
    return witness.seen();
  } catch (error) {
    return [...witness.seen(), String(error)];
  } finally {
    attacker.client.destroy();
  }
}

describe("our server and sshd answer alike", { skip: !installed("sshd"), concurrency: 4 }, () => {
  let ours: Arena;
  let theirs: Arena;
  before(async () => {
    ours = new Arena(await Server.start());
    theirs = new Arena(await Server.start({ peer: "sshd" }));
  });
  after(async () => {
    await ours.server.stop();
    await theirs.server.stop();
  });

  for (const behaviour of behaviours) {
    const difference = differences[behaviour.name];
    test(behaviour.name + (difference === undefined ? "" : `: not so, ${difference.reason}`), async () => {
      const [own, sshd] = await Promise.all([witnessed(ours, behaviour), witnessed(theirs, behaviour)]);
      if (difference === undefined) {
        assert.deepEqual(own, sshd, `ours, then sshd's:\n${own.join("\n")}\n--\n${sshd.join("\n")}`);
      } else {
        assert.deepEqual(own, difference.ours);
        assert.notDeepEqual(sshd, own, "they agree by now: take it from the list");
      }
    });
  }

  test("every difference is one of a behaviour", () => {
    const names = behaviours.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(
      Object.keys(differences).filter((name) => !names.includes(name)),
      [],
    );
  });
});
