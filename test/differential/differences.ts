/** Where our server answers otherwise than Debian's sshd, what it answers, and why. */

export interface Difference {
  reason: string;
  ours: string[];
}

const FAILURE = "USERAUTH_FAILURE publickey false";
const END = "the end";
/** PROTOCOL_ERROR and SERVICE_NOT_AVAILABLE. */
const BROKEN = ["DISCONNECT 2", END];
const NO_SERVICE = ["DISCONNECT 7", END];

const NOT_IN_PHASE = "what may not come in a phase ends the connection, where sshd calls it unknown and goes on";
const SPEAKS = "the client hears why, where sshd ends the connection without a word";
const NAMED = "RFC 4253 section 10 has a reason of its own for it";
const STRICT = "a client that breaks the rules of channels is not listened to any further, where sshd passes it over";

export const differences: Record<string, Difference> = {
  "ssh-connection before login": { reason: NAMED, ours: NO_SERVICE },
  "an unknown service": { reason: NAMED, ours: NO_SERVICE },
  "a login without asking for the service": { reason: NOT_IN_PHASE, ours: BROKEN },
  "no user name": { reason: "no such account can be, so there is nothing to try", ours: BROKEN },
  "a login to another service": { reason: "RFC 4252 section 5 permits it, and no client does it", ours: NO_SERVICE },
  "a key that isn't, asked about": {
    reason: "who is listed is told to those who prove that they hold the key",
    ours: ["USERAUTH_PK_OK ssh-ed25519", END],
  },
  "a key that has signed for another host": { reason: "it is one more login that failed", ours: [FAILURE, END] },
  "a channel before login": { reason: NOT_IN_PHASE, ours: BROKEN },
  "a global request before login": { reason: NOT_IN_PHASE, ours: BROKEN },
  "new keys before login": { reason: NOT_IN_PHASE, ours: BROKEN },
  "another user after a failure": {
    reason: "nothing was gathered for the first one that could serve the other",
    ours: [FAILURE, FAILURE, END],
  },
  "ten failures": {
    reason: "TinySSH's limit counts, 30 messages: an agent may hold more than six keys",
    ours: [...Array<string>(10).fill(FAILURE), END],
  },
  "no-more-sessions, then a session": {
    reason: "the session is refused; those that there are go on",
    ours: ["CHANNEL_OPEN_FAILURE 0 1"],
  },
  "a login after the login": { reason: "RFC 4252 section 5.1 has it ignored in silence", ours: [] },
  "a service after the login": { reason: NOT_IN_PHASE, ours: BROKEN },
  "an unknown channel type": {
    reason: "RFC 4254 section 5.1 has a reason of its own for it",
    ours: ["CHANNEL_OPEN_FAILURE 3 3"],
  },
  x11: { reason: "it is known, and not offered", ours: ["CHANNEL_OPEN_FAILURE 3 1"] },
  "direct-tcpip to a port where nobody listens": {
    reason: "forwarding is off unless it was asked for",
    ours: ["CHANNEL_OPEN_FAILURE 3 1"],
  },
  "a session with something behind it": { reason: SPEAKS, ours: BROKEN },
  "a session that takes no data at all in a packet": {
    reason: "nothing could ever be sent",
    ours: ["CHANNEL_OPEN_FAILURE 0 1"],
  },
  "window-change without a terminal, with an answer": {
    reason: "there is no window that could change",
    ours: ["CHANNEL_FAILURE 0"],
  },
  "auth-agent-req@openssh.com": {
    reason: "forwarding is off unless it was asked for",
    ours: ["CHANNEL_FAILURE 0"],
  },
  "two terminals": {
    reason: "the second one is refused, and the first goes on",
    ours: ["CHANNEL_SUCCESS 0", "CHANNEL_FAILURE 0"],
  },
  "a request that is cut short": { reason: SPEAKS, ours: BROKEN },
  "a request with something behind it": { reason: SPEAKS, ours: BROKEN },
  "input before the command": {
    reason: "it was sent within the window, so it is kept, where sshd loses it",
    ours: [
      "CHANNEL_SUCCESS 0",
      'CHANNEL_DATA 0 "early\\n"',
      "CHANNEL_REQUEST 0 exit-status false 0",
      "CHANNEL_EOF 0",
      "CHANNEL_CLOSE 0",
    ],
  },
  "data after EOF": { reason: STRICT, ours: ["CHANNEL_SUCCESS 0", ...BROKEN] },
  "a close while a command runs": {
    reason: "the client has left the channel, so the answer does not wait for the command",
    ours: ["CHANNEL_CLOSE 0"],
  },
  "a window beyond 2^32": { reason: SPEAKS, ours: BROKEN },
  "a window for a channel that isn't open": { reason: STRICT, ours: BROKEN },
  "more data in a packet than was agreed": { reason: STRICT, ours: BROKEN },
  "a second KEXINIT within a rekeying": { reason: SPEAKS, ours: BROKEN },
  "NEWKEYS without an exchange": { reason: NOT_IN_PHASE, ours: BROKEN },
};
