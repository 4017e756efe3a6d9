/** Sessions for the test client, RFC 4254: the messages, and a session that runs one command. */
import type { Client } from "./client.ts";
import {
  CHANNEL_CLOSE,
  CHANNEL_DATA,
  CHANNEL_EOF,
  CHANNEL_EXTENDED_DATA,
  CHANNEL_FAILURE,
  CHANNEL_OPEN,
  CHANNEL_OPEN_CONFIRMATION,
  CHANNEL_OPEN_FAILURE,
  CHANNEL_REQUEST,
  CHANNEL_SUCCESS,
  CHANNEL_WINDOW_ADJUST,
} from "./numbers.ts";
import { encode, Fields, message, uint32 } from "./wire.ts";

export const WINDOW = 1 << 21;
export const PACKET = 1 << 15;

export const open = (channel: number, window = WINDOW, packet = PACKET): Buffer =>
  message(CHANNEL_OPEN, "session", channel, window, packet);

/** A channel request, RFC 4254 section 5.4. */
export const request = (
  channel: number,
  name: string,
  wantsReply: boolean,
  content: Uint8Array = Buffer.of(),
): Buffer => Buffer.concat([message(CHANNEL_REQUEST, channel, name, wantsReply), content]);

export const environment = (channel: number, name: string, value: string): Buffer =>
  request(channel, "env", true, encode(name, value));

/** RFC 4254 section 6.2; `modes`: pairs of opcode and value. */
export function terminal(channel: number, columns = 80, rows = 24, modes: [number, number][] = []): Buffer {
  const encoded = modes.map(([opcode, value]) => Buffer.concat([Buffer.of(opcode), uint32(value)]));
  const size = Buffer.concat([uint32(columns), uint32(rows), uint32(0), uint32(0)]);
  const content = [encode("xterm"), size, encode(Buffer.concat([...encoded, Buffer.of(0)]))];
  return request(channel, "pty-req", true, Buffer.concat(content));
}

export const windowChange = (channel: number, columns: number, rows: number): Buffer =>
  request(channel, "window-change", false, Buffer.concat([columns, rows, 0, 0].map(uint32)));

export interface Outcome {
  stdout: Buffer;
  stderr: Buffer;
  /** The exit status, or the signal's name; null if the server told neither. */
  exit: number | string | null;
}

/** A session channel from its opening to its end. */
export class Session {
  readonly client: Client;
  /** Our number of the channel, and the server's. */
  readonly ours: number;
  theirs = 0;
  /** What the server lets us send. */
  window = 0;
  packet = 0;
  /** What we let the server send; it is topped up when half has been used. */
  private granted = WINDOW;
  private readonly stdout: Buffer[] = [];
  private readonly stderr: Buffer[] = [];
  private exit: number | string | null = null;

  constructor(client: Client, ours = 0) {
    this.client = client;
    this.ours = ours;
  }

  async open(): Promise<void> {
    this.client.send(open(this.ours));
    const answer = await this.client.expect(CHANNEL_OPEN_CONFIRMATION, CHANNEL_OPEN_FAILURE);
    const fields = new Fields(answer.subarray(5));
    if (answer[0] === CHANNEL_OPEN_FAILURE) throw new Error(`channel refused: ${fields.uint32()} ${fields.text()}`);
    this.theirs = fields.uint32();
    this.window = fields.uint32();
    this.packet = fields.uint32();
  }

  /** Sends a request that wants an answer; true if the server granted it. */
  async ask(payload: Buffer): Promise<boolean> {
    this.client.send(payload);
    return (await this.client.expect(CHANNEL_SUCCESS, CHANNEL_FAILURE))[0] === CHANNEL_SUCCESS;
  }

  async start(command: string): Promise<void> {
    if (!(await this.ask(request(this.theirs, "exec", true, encode(command))))) throw new Error("exec refused");
  }

  /** Sends all of `data` as the window allows, taking in what comes meanwhile. */
  async write(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length;) {
      while (this.window === 0) this.take(await this.client.receive());
      const count = Math.min(this.window, this.packet, data.length - at);
      this.client.send(message(CHANNEL_DATA, this.theirs, data.subarray(at, at + count)));
      this.window -= count;
      at += count;
    }
  }

  endOfInput(): void {
    this.client.send(message(CHANNEL_EOF, this.theirs));
  }

  /** Takes in everything until the server closes the channel, and closes it too. */
  async finish(): Promise<Outcome> {
    for (;;) {
      const payload = await this.client.receive();
      if (payload[0] === CHANNEL_CLOSE && payload.readUInt32BE(1) === this.ours) break;
      this.take(payload);
    }
    this.client.send(message(CHANNEL_CLOSE, this.theirs));
    return { stdout: Buffer.concat(this.stdout), stderr: Buffer.concat(this.stderr), exit: this.exit };
  }

  /** Takes in everything until `text` has come on stdout. */
  async sees(text: string): Promise<void> {
    while (!Buffer.concat(this.stdout).includes(text)) this.take(await this.client.receive());
  }

  /** Takes in one message of this channel; others are no concern of a session. */
  private take(payload: Buffer): void {
    const fields = new Fields(payload.subarray(1));
    switch (payload[0]) {
      case CHANNEL_WINDOW_ADJUST:
        fields.uint32();
        this.window += fields.uint32();
        break;
      case CHANNEL_DATA:
        fields.uint32();
        this.stdout.push(this.count(fields.string()));
        break;
      case CHANNEL_EXTENDED_DATA:
        fields.take(8);
        this.stderr.push(this.count(fields.string()));
        break;
      case CHANNEL_REQUEST: {
        fields.uint32();
        const name = fields.text();
        fields.boolean();
        if (name === "exit-status") this.exit = fields.uint32();
        if (name === "exit-signal") this.exit = fields.text();
        break;
      }
    }
  }

  /** Charges the window for data, and tops it up. */
  private count(data: Buffer): Buffer {
    this.granted -= data.length;
    if (this.granted < 0) throw new Error("the server sent more than its window");
    if (this.granted < WINDOW / 2) {
      this.client.send(message(CHANNEL_WINDOW_ADJUST, this.theirs, WINDOW - this.granted));
      this.granted = WINDOW;
    }
    return data;
  }
}

/** Runs one command on a connection where a user is logged in. */
export async function execute(client: Client, command: string, input: Uint8Array = Buffer.of()): Promise<Outcome> {
  const session = new Session(client);
  await session.open();
  await session.start(command);
  await session.write(input);
  session.endOfInput();
  return session.finish();
}
