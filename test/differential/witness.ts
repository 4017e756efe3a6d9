/**
 * What a client sees of a server, as lines that can be compared: the type of each message and those of its fields that
 * mean something to a client.
 *
 * Left out is what depends on the moment, or on nothing that the client did: WINDOW_ADJUST, which each server sends when it
 * likes (`window` has a behaviour of its own), DEBUG, EXT_INFO, a server's own global requests, and texts for people. Data
 * of one stream in several messages counts as one. The exit status may come anywhere: sshd sends it as it learns of it.
 */
import type { Attacker } from "../adversary/arena.ts";
import { Ended } from "../support/ssh/client.ts";
import * as number from "../support/ssh/numbers.ts";
import { Fields, message } from "../support/ssh/wire.ts";

const names = new Map(Object.entries(number).map(([name, value]) => [value as number, name]));
const unasked: number[] = [number.CHANNEL_WINDOW_ADJUST, number.DEBUG, number.EXT_INFO, number.GLOBAL_REQUEST];

/** Reasons of DISCONNECT: CONNECTION_LOST and BY_APPLICATION. */
const FAREWELLS = [10, 11];

/** A request that no server knows, so that each answers it alike: what came before its answer is all that will come. */
const MARKER = message(number.GLOBAL_REQUEST, "marker@postern.test", true);

export class Witness {
  readonly attacker: Attacker;
  private readonly lines: string[] = [];
  private over = false;

  constructor(attacker: Attacker) {
    this.attacker = attacker;
  }

  send(...payloads: Uint8Array[]): void {
    for (const payload of payloads) this.attacker.client.send(payload);
  }

  /** Notes everything up to `count` messages with this number, or the end of the connection. */
  async until(last: number, count = 1): Promise<void> {
    for (let left = count; left > 0 && !this.over;) {
      const payload = await this.next();
      if (payload === null) return;
      this.note(payload);
      if (payload[0] === last) left--;
    }
  }

  /** Notes everything that the server says to what it was sent so far. Only once a user is logged in. */
  async settle(): Promise<void> {
    this.send(MARKER);
    for (let payload = await this.next(); payload !== null; payload = await this.next()) {
      if (payload[0] === number.REQUEST_FAILURE) return;
      this.note(payload);
    }
  }

  /** Ends our half, and notes what is still said: but for a farewell to somebody who has left without one. */
  async end(): Promise<void> {
    this.attacker.client.end();
    for (let payload = await this.next(); payload !== null; payload = await this.next()) {
      const isFarewell = payload[0] === number.DISCONNECT && FAREWELLS.includes(payload.readUInt32BE(1));
      if (!isFarewell) this.note(payload);
    }
  }

  /** All that was seen, in order. */
  seen(): string[] {
    const seen = this.lines.filter((line) => !line.includes("exit-"));
    const exit = this.lines.find((line) => line.includes("exit-"));
    const end = seen.findIndex((line) => /^CHANNEL_(EOF|CLOSE)/.test(line));
    if (exit !== undefined) seen.splice(end < 0 ? seen.length : end, 0, exit);
    return seen.reduce(joined, []);
  }

  private async next(): Promise<Buffer | null> {
    if (this.over) return null;
    try {
      return await this.attacker.client.receive();
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      this.over = true;
      this.lines.push("the end");
      return null;
    }
  }

  private note(payload: Buffer): void {
    if (unasked.includes(payload[0]!)) return;
    this.lines.push(describe(payload));
  }
}

/** `lines` with one more, which may be more data of the same stream. */
function joined(lines: string[], line: string): string[] {
  const stream = /^CHANNEL_(EXTENDED_)?DATA \d+( \d+)? "/.exec(line)?.[0];
  const before = lines.at(-1);
  if (stream === undefined || !before?.startsWith(stream)) return [...lines, line];
  return [...lines.slice(0, -1), before.slice(0, -1) + line.slice(stream.length)];
}

function describe(payload: Buffer): string {
  const name = names.get(payload[0]!) ?? `message ${payload[0]}`;
  return [name, ...fieldsOf(payload)].join(" ");
}

/** The fields that mean something. */
function fieldsOf(payload: Buffer): (string | number | boolean)[] {
  const fields = new Fields(payload.subarray(1));
  switch (payload[0]) {
    case number.DISCONNECT:
      return [fields.uint32()];
    case number.SERVICE_ACCEPT:
      return [fields.text()];
    case number.USERAUTH_FAILURE:
      return [fields.text(), fields.boolean()];
    case number.USERAUTH_PK_OK:
      return [fields.text()];
    case number.CHANNEL_OPEN_CONFIRMATION:
      return [fields.uint32(), fields.uint32()];
    case number.CHANNEL_OPEN_FAILURE:
      return [fields.uint32(), fields.uint32()];
    case number.CHANNEL_DATA:
      return [fields.uint32(), JSON.stringify(fields.text())];
    case number.CHANNEL_EXTENDED_DATA:
      return [fields.uint32(), fields.uint32(), JSON.stringify(fields.text())];
    case number.CHANNEL_EOF:
    case number.CHANNEL_CLOSE:
    case number.CHANNEL_SUCCESS:
    case number.CHANNEL_FAILURE:
      return [fields.uint32()];
    case number.CHANNEL_REQUEST: {
      const [channel, type, wantsReply] = [fields.uint32(), fields.text(), fields.boolean()];
      if (type === "exit-status") return [channel, type, wantsReply, fields.uint32()];
      return [channel, type, wantsReply, ...(type === "exit-signal" ? [fields.text()] : [])];
    }
    case number.UNIMPLEMENTED:
    case number.KEXINIT:
    default:
      return [];
  }
}
