/** A well-formed specimen of every message that a client may send, and the phase in which it belongs. */
import { hostBoundRequest, keyQuery, keyRequest, noneRequest, serviceRequest } from "../support/ssh/authentication.ts";
import * as number from "../support/ssh/numbers.ts";
import { open, request, terminal, windowChange, environment } from "../support/ssh/session.ts";
import { encode, message, uint32 } from "../support/ssh/wire.ts";
import type { Attacker, Phase } from "./arena.ts";

export interface Specimen {
  name: string;
  phase: Phase;
  make(attacker: Attacker): Buffer;
  /** How many of its first bytes a server has to read before it may take the message for good. */
  needed?: number;
}

const channelRequest = (phase: Phase, name: string, content: Uint8Array): Specimen => ({
  name: `CHANNEL_REQUEST ${name}`,
  phase,
  make: ({ session }) => request(session.theirs, name, true, content),
});

export const specimens: Specimen[] = [
  { name: "KEXINIT", phase: "identified", make: ({ client }) => client.kexInit() },
  { name: "KEX_ECDH_INIT", phase: "proposed", make: ({ client }) => client.ecdhInit() },
  { name: "SERVICE_REQUEST", phase: "protected", make: () => serviceRequest() },
  { name: "USERAUTH_REQUEST none", phase: "authenticating", make: ({ user }) => noneRequest(user) },
  { name: "USERAUTH_REQUEST query", phase: "authenticating", make: ({ user, key }) => keyQuery(user, key) },
  {
    name: "USERAUTH_REQUEST publickey",
    phase: "authenticating",
    make: ({ client, user, key }) => keyRequest(client, user, key),
  },
  {
    name: "USERAUTH_REQUEST hostbound",
    phase: "authenticating",
    make: ({ client, user, key }) => hostBoundRequest(client, user, key),
  },
  {
    name: "GLOBAL_REQUEST",
    phase: "authenticated",
    make: () => message(number.GLOBAL_REQUEST, "keepalive@openssh.com", true),
  },
  { name: "CHANNEL_OPEN", phase: "authenticated", make: () => open(0) },
  {
    name: "CHANNEL_WINDOW_ADJUST",
    phase: "opened",
    make: ({ session }) => message(number.CHANNEL_WINDOW_ADJUST, session.theirs, 1),
  },
  {
    name: "CHANNEL_DATA",
    phase: "running",
    make: ({ session }) => message(number.CHANNEL_DATA, session.theirs, "data"),
  },
  {
    name: "CHANNEL_EXTENDED_DATA",
    phase: "running",
    make: ({ session }) => message(number.CHANNEL_EXTENDED_DATA, session.theirs, 1, "data"),
  },
  { name: "CHANNEL_EOF", phase: "running", make: ({ session }) => message(number.CHANNEL_EOF, session.theirs) },
  { name: "CHANNEL_CLOSE", phase: "running", make: ({ session }) => message(number.CHANNEL_CLOSE, session.theirs) },
  {
    name: "CHANNEL_REQUEST pty-req",
    phase: "opened",
    make: ({ session }) => terminal(session.theirs, 80, 24, [[53, 1]]),
  },
  {
    name: "CHANNEL_REQUEST window-change",
    phase: "running",
    make: ({ session }) => windowChange(session.theirs, 90, 30),
  },
  { name: "CHANNEL_REQUEST env", phase: "opened", make: ({ session }) => environment(session.theirs, "LANG", "C") },
  channelRequest("opened", "exec", encode("true")),
  channelRequest("opened", "subsystem", encode("sftp")),
  channelRequest("running", "signal", encode("URG")),
  channelRequest("running", "break", uint32(100)),
  { name: "KEXINIT again", phase: "running", make: ({ client }) => client.kexInit() },
  { name: "KEX_ECDH_INIT again", phase: "reproposed", make: ({ client }) => client.ecdhInit() },
];
