/** The agent in this process: what it needs of its surroundings, keys for it, and requests as clients write them. */
import { generateKeyPairSync } from "node:crypto";
import { useKernels } from "../../src/core/crypto/kernels.ts";
import { Agent } from "../../src/core/ssh/agent/agent.ts";
import { AgentClient, NOTHING } from "../../src/core/ssh/agent/client.ts";
import { AgentHost } from "../../src/core/ssh/agent/host.ts";
import { PIN_LIMIT, PinCache } from "../../src/core/ssh/agent/pin-cache.ts";
import { SIGNED, Signer, WRONG_PIN } from "../../src/core/ssh/agent/signer.ts";
import { WasmKernels } from "../../src/node/kernels.ts";
import { encode, Fields, message, uint32 } from "./ssh/wire.ts";

useKernels(new WasmKernels());

/** Numbers of draft-miller-ssh-agent section 5.1, written down once more. */
export const FAILURE = 5;
export const SUCCESS = 6;
export const LIST = 11;
export const SIGN = 13;
export const ADD = 17;
export const REMOVE = 18;
export const REMOVE_ALL = 19;
export const LOCK = 22;
export const UNLOCK = 23;
export const ADD_CONSTRAINED = 25;
export const EXTENSION = 27;

export class TestHost extends AgentHost {
  time = 1000;
  seconds = 1_800_000_000;
  lines: string[] = [];
  /** What `openTpmKey` gives, by the text of the file. */
  tpmKeys = new Map<string, Signer>();

  now(): number {
    return this.time;
  }
  wallClock(): number {
    return this.seconds;
  }
  random(out: Uint8Array): void {
    crypto.getRandomValues(out);
  }
  log(_level: number, line: string): void {
    this.lines.push(line);
  }
  openTpmKey(file: Uint8Array): Signer | null {
    return this.tpmKeys.get(Buffer.from(file).toString()) ?? null;
  }
}

/** A key behind a PIN, as one in a TPM is; `outcomes`, while there are any, take the place of looking at the PIN. */
export class PinSigner extends Signer {
  outcomes: number[] = [];
  /** Each PIN that came, and whether it was to be risked. */
  tried: [pin: string, force: boolean][] = [];
  wiped = false;
  /** Passwords of what holds it. */
  unlocked: string[] = [];
  private readonly pin: string;

  constructor(name: string, pin: string) {
    super();
    this.pin = pin;
    this.blob = encode("ecdsa-sha2-nistp384", "nistp384", `a point called ${name}`);
    this.comment = Buffer.from(name);
  }

  needsPin(): boolean {
    return this.pin !== "";
  }
  sign(_message: Uint8Array, flags: number, pin: Uint8Array, force: boolean): number {
    this.tried.push([Buffer.from(pin).toString(), force]);
    this.signature = encode("signature", `by ${Buffer.from(this.comment).toString()}, flags ${flags}`);
    this.fault = "the TPM is gone";
    return this.outcomes.shift() ?? (Buffer.from(pin).toString() === this.pin ? SIGNED : WRONG_PIN);
  }
  unlock(password: Uint8Array): void {
    this.unlocked.push(Buffer.from(password).toString());
  }
  wipe(): void {
    this.wiped = true;
  }
}

/** An agent, and who it asks. */
export class AgentPeer {
  readonly host = new TestHost();
  readonly pinMemory: Uint8Array;
  readonly agent: Agent;

  constructor({ pins = 4, lifetime = Infinity }: { pins?: number; lifetime?: number } = {}) {
    this.pinMemory = new Uint8Array(pins * PIN_LIMIT);
    this.agent = new Agent(this.host, new PinCache(this.pinMemory, lifetime));
  }

  client(proxies = 0, name = "test (1)"): AgentClient {
    return new AgentClient(this.agent, name, proxies);
  }
}

/** Has `client` take up a request that needs nobody else, and gives the answer. */
export function ask(client: AgentClient, request: Uint8Array): Buffer {
  client.receive(new Uint8Array(request));
  if (client.need !== NOTHING) throw new Error(`the request needs ${client.need}`);
  return Buffer.from(client.answer);
}

/** The status in an answer that is nothing else. */
export function status(client: AgentClient, request: Uint8Array): number {
  const answer = ask(client, request);
  if (answer.length !== 1) throw new Error(`no status: ${answer.toString("hex")}`);
  return answer[0]!;
}

/** The comments in an answer to LIST. */
export function comments(answer: Uint8Array): string[] {
  const fields = new Fields(answer);
  if (fields.byte() !== 12) throw new Error("no list");
  const count = fields.uint32();
  const all = Array.from({ length: count }, () => {
    fields.string();
    return fields.text();
  });
  if (fields.rest().length > 0) throw new Error("bytes behind the list");
  return all;
}

export const list = Buffer.of(LIST);
export const sign = (key: Uint8Array, data: string | Uint8Array, flags = 0): Buffer => message(SIGN, key, data, flags);
export const extension = (name: string, ...fields: (number | boolean | string | Uint8Array)[]): Buffer =>
  message(EXTENSION, name, ...fields);

export interface OrdinaryKey {
  blob: Buffer;
  /** Everything that a request to add it has behind the number, up to the comment. */
  fields: Buffer;
}

/** An Ed25519 key, as ssh-add tells of it. */
export function ordinaryKey(): OrdinaryKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const point = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url");
  const seed = Buffer.from(privateKey.export({ format: "jwk" }).d!, "base64url");
  return {
    blob: encode("ssh-ed25519", point),
    fields: encode("ssh-ed25519", point, Buffer.concat([seed, point])),
  };
}

export const add = (key: OrdinaryKey, comment: string): Buffer =>
  Buffer.concat([Buffer.of(ADD), key.fields, encode(comment)]);
export const addConstrained = (key: OrdinaryKey, comment: string, ...constraints: Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.of(ADD_CONSTRAINED), key.fields, encode(comment), ...constraints]);

export const lifetime = (seconds: number): Buffer => Buffer.concat([Buffer.of(1), uint32(seconds)]);
export const confirm = Buffer.of(2);

export interface Hop {
  user?: string;
  host?: string;
  keys?: [blob: Uint8Array, authority?: boolean][];
}
function end({ user = "", host = "", keys = [] }: Hop): Buffer {
  const specs = keys.map(([blob, authority = false]) => Buffer.concat([encode(blob), Buffer.of(authority ? 1 : 0)]));
  return Buffer.concat([encode(user, host, ""), ...specs]);
}
/** OpenSSH's PROTOCOL.agent section 2. */
export const destinations = (...hops: [from: Hop, to: Hop][]): Buffer => {
  const all = hops.map(([from, to]) => encode(encode(end(from), end(to), "")));
  return Buffer.concat([Buffer.of(255), encode("restrict-destination-v00@openssh.com", Buffer.concat(all))]);
};
