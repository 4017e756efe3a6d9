/**
 * Two clients of one agent, in records: the first byte says whose it is, and what the rest is: a request, a proxied
 * agent's answer, a person's, or that time passes.
 */
import { copyOf, EMPTY } from "../../../src/core/bytes/bytes.ts";
import { ascii } from "../../../src/core/bytes/text.ts";
import { Agent } from "../../../src/core/ssh/agent/agent.ts";
import { AgentClient, NOTHING, PERSON, PROXY, TIME } from "../../../src/core/ssh/agent/client.ts";
import { Constraints } from "../../../src/core/ssh/agent/constraints.ts";
import { AgentHost } from "../../../src/core/ssh/agent/host.ts";
import { MESSAGE_LIMIT } from "../../../src/core/ssh/agent/message.ts";
import { PIN_LIMIT, PinCache } from "../../../src/core/ssh/agent/pin-cache.ts";
import {
  FAILED,
  LAST_TRY,
  LOCKED_OUT,
  PASSWORD_WANTED,
  SIGNED,
  Signer,
  WRONG_PIN,
} from "../../../src/core/ssh/agent/signer.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

const PROXIES: i32 = 2;

/** A key whose PIN has four bytes, whichever; a PIN of another length is met as a TPM may meet one. */
class ScriptedSigner extends Signer {
  private unlocked: bool = false;

  constructor(name: string) {
    super();
    const w = new Writer(64);
    w.text("ecdsa-sha2-nistp384");
    w.text(name);
    this.blob = copyOf(w.written(), 0, w.written().length);
    this.comment = ascii(name);
    this.signature = ascii("a signature");
  }

  needsPin(): bool {
    return true;
  }

  sign(_message: Uint8Array, _flags: u32, pin: Uint8Array, force: bool): i32 {
    expect(pin.length > 0, "there is a PIN");
    if (pin.length == 5 && !this.unlocked) return PASSWORD_WANTED;
    if (pin.length == 6 && !force) return LAST_TRY;
    if (pin.length == 7) return LOCKED_OUT;
    if (pin.length == 8) return FAILED;
    return pin.length > 3 && pin.length < 7 ? SIGNED : WRONG_PIN;
  }

  override unlock(password: Uint8Array): void {
    this.unlocked = password.length == 4;
  }

  wipe(): void {}
}

class ScriptedHost extends AgentHost {
  time: f64 = 0;

  now(): f64 {
    return this.time;
  }

  wallClock(): f64 {
    return 1800000000;
  }

  random(out: Uint8Array): void {
    out.fill(5);
  }

  log(_level: i32, _message: string): void {}

  openTpmKey(file: Uint8Array): Signer | null {
    if (file.length != 4) return null;
    return new ScriptedSigner("added");
  }
}

export class AgentRequests extends Target {
  constructor() {
    super("agent-requests");
    this.records = true;
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    const host = new ScriptedHost();
    const agent = new Agent(host, new PinCache(new Uint8Array(2 * PIN_LIMIT), 60000));
    agent.add(new ScriptedSigner("sealed"), EMPTY, new Constraints());
    const clients: AgentClient[] = [
      new AgentClient(agent, "first", PROXIES),
      new AgentClient(agent, "second", PROXIES),
    ];
    const r = new Reader(input);
    while (r.left() > 2) {
      const high = r.byte() as u32;
      const record = r.raw((high << 8) | (r.byte() as u32));
      if (record.length > 1) this.play(host, clients[(record[0] as i32) & 1], record, out);
    }
    agent.removeAll();
    expect(agent.nextExpiry() == Infinity, "nothing is left to expire");
  }

  private play(host: ScriptedHost, client: AgentClient, record: Uint8Array, out: Writer): void {
    const what = (record[0] as i32) >> 1;
    const rest = copyOf(record, 1, record.length - 1);
    if (what > 3) {
      const waits = client.need != NOTHING;
      host.time += (rest[0] as f64) * 1000;
      client.reconsider();
      if (!waits) return;
    } else if (client.need == NOTHING) {
      client.receive(rest);
    } else if (client.need == PERSON) {
      expect(client.question != null, "what a person is asked is known");
      client.answered(what != 1, rest);
    } else if (client.need == PROXY) {
      expect(client.relay.length > 0 && client.proxy < PROXIES, "what a proxied agent is asked is known");
      client.relayed(rest);
    } else {
      expect(client.need == TIME && client.time > host.time - 10000000, "there is nothing else to wait for");
      host.time = client.time;
      client.reconsider();
    }
    out.byte(client.need as u8);
    if (client.need != NOTHING) return;
    expect(client.answer.length > 0 && client.answer.length <= (MESSAGE_LIMIT as i32), "an answer fits");
    out.string(client.answer);
  }
}
