/**
 * One process becomes two: the monitor, which stays what it was, and its child, the network process, which talks to the
 * client.
 */
import { Pipe, close, closeFrom, duplicate, duplicateTo, STDERR } from "../../linux/descriptor.ts";
import { EMFILE } from "../../linux/errno.ts";
import { fork } from "../../linux/process.ts";
import { randomDevice, useRandomDevice } from "../../linux/random.ts";
import { RecordSockets } from "../../linux/record-socket.ts";
import { openStandardDescriptors } from "../../linux/standard-descriptors.ts";
import { Sandbox } from "./sandbox.ts";

/** The network process's descriptors: the client is standard input and output, standard error leads to the monitor. */
export const MONITOR: i32 = STDERR + 1;
const RANDOM: i32 = STDERR + 2;
/** Above all of these. */
const ELSEWHERE: i32 = 16;

export class Separation {
  /** The network process's id; 0 in itself; the negative errno if there is none. */
  network: i32;
  /** In the monitor: the socket to the network process. */
  socket: i32 = -1;
  /** In the monitor: what the network process writes to its standard error comes out here. */
  lastWords: i32 = -1;
  /** In the network process: what could not be walled off; empty if everything is well. */
  breach: string = "";

  private constructor(network: i32) {
    this.network = network;
  }

  /** Makes two processes of this one. `input` and `output`, the client, are the network process's alone afterwards. */
  static begin(input: i32, output: i32, sandbox: Sandbox): Separation {
    const sockets = RecordSockets.open();
    const words = Pipe.open();
    if (sockets == null || words == null) return new Separation(-EMFILE);
    const separation = new Separation(fork());
    if (separation.network < 0) return separation;
    if (separation.network == 0) {
      separation.becomeNetwork(input, output, words.sink, sockets.far, sandbox);
      return separation;
    }
    close(sockets.far);
    close(words.sink);
    separation.socket = sockets.near;
    separation.lastWords = words.source;
    sandbox.release();
    close(input);
    if (output != input) close(output);
    openStandardDescriptors();
    return separation;
  }

  /** Keeps what is needed and nothing else, and goes behind the walls. */
  private becomeNetwork(input: i32, output: i32, words: i32, socket: i32, sandbox: Sandbox): void {
    const kept = [input, output, words, socket];
    const random = randomDevice();
    if (random >= 0) kept.push(random);
    for (let i = 0; i < kept.length; i++) kept[i] = duplicate(kept[i], ELSEWHERE);
    this.breach = sandbox.leave();
    for (let i = 0; i < kept.length; i++) duplicateTo(kept[i], i);
    closeFrom(kept.length);
    if (random >= 0) useRandomDevice(RANDOM);
    if (this.breach.length == 0) this.breach = sandbox.close(MONITOR);
  }
}
