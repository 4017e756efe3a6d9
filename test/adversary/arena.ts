/**
 * Where hostile clients meet the server: each attack brings a connection of its own to some phase of the protocol, does
 * its mischief, and says how that must end. Many run at once, against one listener.
 *
 * Whatever happens, three things must hold: the server lets go of the connection, it says why in one line of its log,
 * and nothing of it is left once the client has gone. At the end someone must still be able to log in.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { readKey, type UserKey } from "../support/keys.ts";
import { ssh } from "../support/openssh.ts";
import { Server } from "../support/server.ts";
import { attempt, keyRequest, startAuthentication } from "../support/ssh/authentication.ts";
import { Client, Ended, type ClientOptions } from "../support/ssh/client.ts";
import { Session } from "../support/ssh/session.ts";

/** How far a connection has come, in order. */
export const PHASES = [
  "connected",
  "identified", // both have sent their identification, and the server its KEXINIT
  "proposed", // both have sent KEXINIT
  "agreed", // the server has sent its reply and NEWKEYS, we have not
  "protected", // new keys in both directions
  "authenticating", // SERVICE_ACCEPT has come
  "authenticated",
  "opened", // a session channel is open
  "running", // a command reads from it
  "reproposed", // both have sent KEXINIT again
  "reagreed", // the server has sent its second reply and NEWKEYS
] as const;
export type Phase = (typeof PHASES)[number];

/** A client and what it needs to misbehave. */
export interface Attacker {
  client: Client;
  user: string;
  key: UserKey;
  /** The session channel, from `opened` on. */
  session: Session;
}

/**
 * `refused`: the server must end the connection and say why. `survives`: it must go on, which the attack itself shows by
 * going on. `either`: both will do. `finished`: the connection ends in order, without a complaint.
 */
export type Verdict = "refused" | "survives" | "either" | "finished";

export interface Attack {
  name: string;
  phase: Phase;
  verdict: Verdict;
  options?: ClientOptions;
  /** The mischief. An end of the connection by the server may interrupt it. */
  act(attacker: Attacker): Promise<void> | void;
}

/** How many connections attack at once: some dozens keep both processors busy, and are no crowd to the server. */
const AT_ONCE = 24;

/** How long the server may take to end a connection that it refuses. */
const PATIENCE = 8000;

/** Steps from each phase to the next. */
const steps: ((attacker: Attacker) => Promise<void>)[] = [
  async ({ client }) => {
    client.sendIdentification();
    await client.receiveIdentification();
    await client.receiveKexInit();
  },
  async ({ client }) => client.send(client.kexInit()),
  async ({ client }) => {
    client.send(client.ecdhInit());
    await client.receiveReply();
  },
  async ({ client }) => {
    client.sendNewKeys();
    await client.receiveNewKeys();
  },
  ({ client }) => startAuthentication(client),
  async ({ client, user, key }) => void (await attempt(client, keyRequest(client, user, key))),
  ({ session }) => session.open(),
  ({ session }) => session.start("cat"),
  async ({ client }) => {
    client.send(client.kexInit());
    await client.receiveKexInit();
  },
  async ({ client }) => {
    client.send(client.ecdhInit());
    await client.receiveReply();
  },
];

/** Goes on in the protocol from phase to phase. */
export async function advance(attacker: Attacker, from: Phase, to: Phase): Promise<void> {
  for (const step of steps.slice(PHASES.indexOf(from), PHASES.indexOf(to))) await step(attacker);
}

export class Arena {
  readonly server: Server;
  private readonly key: UserKey;

  constructor(server: Server) {
    this.server = server;
    this.key = readKey(server.key.path);
  }

  /** A connection that has come to `phase`. */
  async enter(phase: Phase, options: ClientOptions = {}): Promise<Attacker> {
    const client = await Client.connect(this.server.port, { patience: PATIENCE, ...options });
    const attacker = { client, user: this.server.account.name, key: this.key, session: new Session(client) };
    await advance(attacker, "connected", phase);
    return attacker;
  }

  /** Runs all attacks, and checks how each ended. */
  async assault(attacks: Attack[]): Promise<void> {
    const failures: string[] = [];
    const ended = new Map<number, Attack>();
    const waiting = attacks.values();
    const fight = async (): Promise<void> => {
      for (const attack of waiting) {
        try {
          const client = await this.fight(attack);
          ended.set(client.port, attack);
        } catch (error) {
          failures.push(`${attack.name}: ${(error as Error).message}`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fight));
    await this.server.idle();
    const complaints = complaintsByPort(this.server.log());
    for (const [port, attack] of ended) {
      const lines = complaints.get(port);
      if (lines === undefined) failures.push(`${attack.name}: the log doesn't know of the connection`);
      else failures.push(...judgeLog(attack, lines));
    }
    assert.ok(failures.length === 0, `${failures.length} of ${attacks.length}:\n${failures.slice(0, 20).join("\n")}`);
    const login = await ssh(this.server, ["echo in"]);
    assert.equal(login.stdout.toString(), "in\n", `after the attacks nobody can log in: ${login.stderr}`);
    await this.server.idle();
  }

  /** One attack, up to the end of its connection. */
  private async fight(attack: Attack): Promise<Client> {
    const attacker = await this.enter(attack.phase, attack.options);
    const { client } = attacker;
    try {
      await attack.act(attacker);
      // Whatever else the attack shows must be heard before our end is: hence an end of our half alone.
      if (attack.verdict === "either" || attack.verdict === "survives") client.end();
      await client.drain();
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      if (attack.verdict === "survives") throw new Error("the server has ended the connection", { cause: error });
    } finally {
      client.destroy();
    }
    return client;
  }
}

/** The lines of level `fatal` for each connection, by the client's port. */
export function complaintsByPort(log: string): Map<number, string[]> {
  const ports = new Map<string, number>();
  const complaints = new Map<number, string[]>();
  for (const line of log.split("\n")) {
    const [, id, level, text] = /^\w+: (\w+): (\w+): (.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const from = /^connect: connection from 127\.0\.0\.1:(\d+)/.exec(text!);
    if (from) {
      ports.set(id, Number(from[1]));
      complaints.set(Number(from[1]), []);
    } else if (level === "fatal") complaints.get(ports.get(id)!)?.push(text!);
  }
  return complaints;
}

/** What is wrong with the complaints about one attack. */
function judgeLog(attack: Attack, lines: string[]): string[] {
  const wrong = (what: string): string[] => [`${attack.name}: ${what}: ${JSON.stringify(lines)}`];
  if (lines.length > 1) return wrong("more than one complaint");
  if (attack.verdict === "refused" && lines.length === 0) return wrong("no complaint");
  if (attack.verdict === "finished" && lines.length > 0) return wrong("a complaint");
  if (lines.some((line) => !/^[ -~]{8,250}$/.test(line))) return wrong("not a clear line");
  return [];
}

/** Declares the server of a file of attacks. */
export function commonArena(): () => Arena {
  let arena: Arena | null = null;
  before(async () => {
    arena = new Arena(await Server.start());
  });
  after(() => arena?.server.stop());
  return () => arena!;
}
