/** What clients do, well-behaved and odd ones. Each begins in some phase of the protocol, and asks for what it wants to see. */
import type { Phase } from "../adversary/arena.ts";
import { hostBoundRequest, keyQuery, keyRequest, noneRequest, serviceRequest } from "../support/ssh/authentication.ts";
import * as number from "../support/ssh/numbers.ts";
import { environment, open, request, terminal, windowChange } from "../support/ssh/session.ts";
import { encode, message, uint32 } from "../support/ssh/wire.ts";
import { advance } from "../adversary/arena.ts";
import type { Witness } from "./witness.ts";

export interface Behaviour {
  name: string;
  phase: Phase;
  act(witness: Witness): Promise<void>;
}

/** The server's number of the first channel. */
const FIRST = 0;
const exec = (command: string, wantsReply = true): Buffer => request(FIRST, "exec", wantsReply, encode(command));
const eof = message(number.CHANNEL_EOF, FIRST);
const close = message(number.CHANNEL_CLOSE, FIRST);
const data = (text: string): Buffer => message(number.CHANNEL_DATA, FIRST, text);
const { CHANNEL_CLOSE, CHANNEL_DATA, USERAUTH_FAILURE } = number;

/** A behaviour that is a few messages, and what the server says to them. */
function says(name: string, phase: Phase, ...payloads: Uint8Array[]): Behaviour {
  return {
    name,
    phase,
    async act(witness) {
      witness.send(...payloads);
      await witness.settle();
    },
  };
}

/** The same with a command that runs to its end. */
function runs(name: string, ...payloads: Uint8Array[]): Behaviour {
  return {
    name,
    phase: "opened",
    async act(witness) {
      witness.send(...payloads);
      await witness.until(CHANNEL_CLOSE);
      witness.send(close);
      await witness.settle();
    },
  };
}

/** An attempt to log in, and the next message, whatever that is. */
function attempts(name: string, make: (witness: Witness) => Uint8Array): Behaviour {
  return {
    name,
    phase: "authenticating",
    async act(witness) {
      witness.send(make(witness));
      await witness.end();
    },
  };
}

const user = ({ attacker }: Witness): string => attacker.user;

const logins: Behaviour[] = [
  { name: "ssh-userauth", phase: "protected", act: (w) => (w.send(serviceRequest()), w.end()) },
  { name: "ssh-userauth twice", phase: "protected", act: (w) => (w.send(serviceRequest(), serviceRequest()), w.end()) },
  {
    name: "ssh-connection before login",
    phase: "protected",
    act: (w) => (w.send(serviceRequest("ssh-connection")), w.end()),
  },
  { name: "an unknown service", phase: "protected", act: (w) => (w.send(serviceRequest("ssh-x")), w.end()) },
  {
    name: "a login without asking for the service",
    phase: "protected",
    act: (w) => (w.send(noneRequest(user(w))), w.end()),
  },
  attempts("none", (w) => noneRequest(user(w))),
  attempts("a password", (w) => message(number.USERAUTH_REQUEST, user(w), "ssh-connection", "password", false, "x")),
  attempts("an unknown method", (w) => message(number.USERAUTH_REQUEST, user(w), "ssh-connection", "x@postern.test")),
  attempts("a user who does not exist", () => noneRequest("nobody-of-that-name")),
  attempts("no user name", () => noneRequest("")),
  attempts("a login to another service", (w) => message(number.USERAUTH_REQUEST, user(w), "ssh-x", "none")),
  attempts("a key that is listed, asked about", (w) => keyQuery(user(w), w.attacker.key)),
  attempts("a key that isn't, asked about", (w) =>
    keyQuery(user(w), { ...w.attacker.key, blob: encode("ssh-ed25519", Buffer.alloc(32, 9)) }),
  ),
  attempts("a key of an unknown type", (w) =>
    keyQuery(user(w), { ...w.attacker.key, algorithm: "ssh-x", blob: encode("ssh-x", "") }),
  ),
  attempts("a key under another algorithm's name", (w) =>
    keyQuery(user(w), { ...w.attacker.key, algorithm: "ecdsa-sha2-nistp256" }),
  ),
  attempts("a key that has signed", (w) => keyRequest(w.attacker.client, user(w), w.attacker.key)),
  attempts("a key that has signed something else", (w) => {
    const whole = keyRequest(w.attacker.client, user(w), w.attacker.key);
    whole[whole.length - 1]! ^= 1;
    return whole;
  }),
  attempts("a key that has signed for this host", (w) => hostBoundRequest(w.attacker.client, user(w), w.attacker.key)),
  attempts("a key that has signed for another host", (w) =>
    hostBoundRequest(w.attacker.client, user(w), w.attacker.key, encode("ssh-ed25519", Buffer.alloc(32, 9))),
  ),
  attempts("an unknown message before login", () => Buffer.of(101)),
  attempts("a channel before login", () => open(0)),
  attempts("a global request before login", () => message(number.GLOBAL_REQUEST, "x", true)),
  attempts("new keys before login", (w) => w.attacker.client.kexInit()),
  {
    name: "another user after a failure",
    phase: "authenticating",
    async act(w) {
      w.send(noneRequest(user(w)));
      await w.until(USERAUTH_FAILURE);
      w.send(noneRequest("root"));
      await w.end();
    },
  },
  {
    name: "ten failures",
    phase: "authenticating",
    async act(w) {
      const { client, key } = w.attacker;
      for (let i = 0; i < 10; i++) {
        const wrong = keyRequest(client, user(w), key);
        wrong[wrong.length - 1]! ^= 1;
        w.send(wrong);
        await w.until(USERAUTH_FAILURE);
      }
      await w.end();
    },
  },
];

const globals: Behaviour[] = [
  says("an unknown global request", "authenticated", message(number.GLOBAL_REQUEST, "x@postern.test", false)),
  says(
    "keepalive@openssh.com, without an answer",
    "authenticated",
    message(number.GLOBAL_REQUEST, "keepalive@openssh.com", false),
  ),
  says("tcpip-forward", "authenticated", message(number.GLOBAL_REQUEST, "tcpip-forward", false, "127.0.0.1", 1)),
  says(
    "no-more-sessions, then a session",
    "authenticated",
    message(number.GLOBAL_REQUEST, "no-more-sessions@openssh.com", false),
    open(0),
  ),
  says("a login after the login", "authenticated", noneRequest("root")),
  says("a service after the login", "authenticated", serviceRequest()),
  says("an unknown message", "authenticated", Buffer.of(101)),
  says("a server's message", "authenticated", message(number.SERVICE_ACCEPT, "ssh-userauth")),
  says(
    "IGNORE, DEBUG, UNIMPLEMENTED",
    "authenticated",
    message(number.IGNORE, "x"),
    message(number.DEBUG, false, "x", ""),
    message(number.UNIMPLEMENTED, 0),
  ),
  says("answers to nothing", "authenticated", Buffer.of(number.REQUEST_SUCCESS), Buffer.of(number.REQUEST_FAILURE)),
  says("a farewell", "authenticated", message(number.DISCONNECT, 11, "bye", "")),
];

const openings: Behaviour[] = [
  says("a session", "authenticated", open(7)),
  says("a session whose number is the largest", "authenticated", open(0xffffffff)),
  says("two sessions of one number", "authenticated", open(7), open(7)),
  says("an unknown channel type", "authenticated", message(number.CHANNEL_OPEN, "x@postern.test", 3, 1000, 1000)),
  says("x11", "authenticated", message(number.CHANNEL_OPEN, "x11", 3, 1000, 1000, "127.0.0.1", 6000)),
  {
    name: "direct-tcpip to a port where nobody listens",
    phase: "authenticated",
    async act(w) {
      w.send(message(number.CHANNEL_OPEN, "direct-tcpip", 3, 1000, 1000, "127.0.0.1", 1, "127.0.0.1", 1));
      await w.until(number.CHANNEL_OPEN_FAILURE);
    },
  },
  says("a session with something behind it", "authenticated", Buffer.concat([open(0), Buffer.of(1)])),
  says("a session that takes no data at all in a packet", "authenticated", open(0, 1000, 0)),
  says("a message for a channel that isn't open", "authenticated", request(5, "shell", true)),
  says("data for a channel that isn't open", "authenticated", message(number.CHANNEL_DATA, 5, "x")),
  says("a close of a channel that isn't open", "authenticated", message(number.CHANNEL_CLOSE, 5)),
  says(
    "a confirmation that nobody asked for",
    "authenticated",
    message(number.CHANNEL_OPEN_CONFIRMATION, 0, 0, 1000, 1000),
  ),
];

const requests: Behaviour[] = [
  says("an unknown request", "opened", request(FIRST, "x@postern.test", true)),
  says("an unknown request without an answer", "opened", request(FIRST, "x@postern.test", false)),
  says(
    "variables that are taken, and one that isn't",
    "opened",
    environment(FIRST, "LANG", "C"),
    environment(FIRST, "LC_X", "C"),
    environment(FIRST, "PATH", "/"),
  ),
  says("a subsystem that isn't there", "opened", request(FIRST, "subsystem", true, encode("x"))),
  says("window-change without a terminal", "opened", windowChange(FIRST, 80, 24)),
  says(
    "window-change without a terminal, with an answer",
    "opened",
    request(FIRST, "window-change", true, Buffer.concat([80, 24, 0, 0].map(uint32))),
  ),
  says("a break without a terminal", "opened", request(FIRST, "break", true, uint32(500))),
  says("a signal before the start", "opened", request(FIRST, "signal", true, encode("TERM"))),
  says(
    "x11-req",
    "opened",
    request(FIRST, "x11-req", true, Buffer.concat([Buffer.of(0), encode("MIT-MAGIC-COOKIE-1", "00"), uint32(0)])),
  ),
  says("auth-agent-req@openssh.com", "opened", request(FIRST, "auth-agent-req@openssh.com", true)),
  says("two terminals", "opened", terminal(FIRST), terminal(FIRST)),
  says("a request that is cut short", "opened", request(FIRST, "exec", true, Buffer.of(0, 0, 0, 9))),
  says("a request with something behind it", "opened", request(FIRST, "shell", true, Buffer.of(1))),
  says("exit-status from the client", "opened", request(FIRST, "exit-status", true, uint32(1))),
  says("eow@openssh.com before the start", "opened", request(FIRST, "eow@openssh.com", true)),
  says("a start while a command runs", "running", exec("true"), request(FIRST, "shell", true)),
  says("a terminal and a variable while a command runs", "running", terminal(FIRST), environment(FIRST, "LANG", "C")),
  says("an unknown signal", "running", request(FIRST, "signal", true, encode("NONSENSE"))),
];

const commands: Behaviour[] = [
  runs("a command", exec("true"), eof),
  runs("a command without an answer", exec("exit 3", false), eof),
  runs("a command that isn't there", exec("exec /nonexistent 2>/dev/null"), eof),
  runs("a command that writes to both", exec("echo out; sleep 0.2; echo err >&2"), eof),
  runs("a command that a signal ends", exec("kill -TERM $$"), eof),
  runs("a command that a signal ends with a core", exec("ulimit -c 0; kill -SEGV $$"), eof),
  runs("a command that reads its input", exec("cat"), data("some "), data("input\n"), eof),
  runs("input before the command", data("early\n"), exec("cat"), eof),
  // The input is not looked at: sshd never ends it.
  runs("EOF before the command", eof, exec("sleep 0.1; echo over")),
  runs("EOF twice", exec("cat"), eof, eof),
  runs("data after EOF", exec("cat; sleep 0.3; echo over"), eof, data("x")),
  runs("data of length 0", exec("cat"), data(""), eof),
  runs("extended data from the client", exec("cat"), message(number.CHANNEL_EXTENDED_DATA, FIRST, 1, "x"), eof),
  {
    name: "a signal to a command",
    phase: "opened",
    async act(w) {
      w.send(exec("echo here; exec sleep 10"));
      await w.until(CHANNEL_DATA);
      w.send(request(FIRST, "signal", true, encode("TERM")), eof);
      await w.until(CHANNEL_CLOSE);
      w.send(close);
      await w.settle();
    },
  },
  runs("a shell", request(FIRST, "shell", true), data("echo here; exit 5\n")),
  {
    name: "a close before the start",
    phase: "opened",
    async act(w) {
      w.send(close);
      await w.until(CHANNEL_CLOSE);
      await w.settle();
    },
  },
  {
    name: "a close while a command runs",
    phase: "running",
    async act(w) {
      w.send(close);
      await w.until(CHANNEL_CLOSE);
      await w.settle();
    },
  },
  {
    name: "a close twice", // the second one late enough: what comes in one read with the first, sshd may pass over
    phase: "opened",
    async act(w) {
      w.send(close);
      await w.until(CHANNEL_CLOSE);
      w.send(close);
      await w.settle();
    },
  },
  {
    name: "a request after the close of both",
    phase: "opened",
    async act(w) {
      w.send(close);
      await w.until(CHANNEL_CLOSE);
      w.send(request(FIRST, "shell", true));
      await w.settle();
    },
  },
  {
    name: "a window of five bytes, then a large one",
    phase: "authenticated",
    async act(w) {
      w.send(open(0, 5), exec("printf 0123456789"));
      await w.until(CHANNEL_DATA);
      await w.settle();
      w.send(message(number.CHANNEL_WINDOW_ADJUST, FIRST, 100));
      await w.until(CHANNEL_CLOSE);
      w.send(close);
      await w.settle();
    },
  },
  {
    name: "packets of forty bytes",
    phase: "authenticated",
    async act(w) {
      w.send(open(0, 1000, 40), exec(`printf %0100d 0`));
      await w.until(CHANNEL_CLOSE);
      w.send(close);
      await w.settle();
    },
  },
  says("a window beyond 2^32", "running", message(number.CHANNEL_WINDOW_ADJUST, FIRST, 0xffffffff)),
  says("a window for a channel that isn't open", "running", message(number.CHANNEL_WINDOW_ADJUST, 5, 1)),
  says("more data in a packet than was agreed", "running", data("x".repeat(33_000))),
];

const rekeyings: Behaviour[] = [
  {
    name: "new keys, and on with the command",
    phase: "running",
    async act(w) {
      await advance(w.attacker, "running", "reagreed");
      w.attacker.client.sendNewKeys();
      await w.attacker.client.receiveNewKeys();
      w.send(data("behind\n"), eof);
      await w.until(CHANNEL_CLOSE);
      w.send(close);
      await w.settle();
    },
  },
  {
    name: "data within a rekeying",
    phase: "reproposed",
    async act(w) {
      w.send(data("within\n"));
      await advance(w.attacker, "reproposed", "reagreed");
      w.attacker.client.sendNewKeys();
      await w.attacker.client.receiveNewKeys();
      w.send(eof);
      await w.until(CHANNEL_CLOSE);
      w.send(close);
      await w.settle();
    },
  },
  {
    name: "a second KEXINIT within a rekeying",
    phase: "reproposed",
    act: (w) => (w.send(w.attacker.client.kexInit()), w.end()),
  },
  {
    name: "NEWKEYS without an exchange",
    phase: "authenticated",
    act: (w) => (w.send(Buffer.of(number.NEWKEYS)), w.end()),
  },
];

export const behaviours: Behaviour[] = [...logins, ...globals, ...openings, ...requests, ...commands, ...rekeyings];
