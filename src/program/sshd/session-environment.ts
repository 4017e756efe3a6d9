/** The environment and the words with which a user's shell is started: TinySSH's, and nothing else is inherited. */
import { concat } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { Account } from "../../linux/accounts.ts";
import { variable } from "../../linux/arguments.ts";
import { baseName } from "../../linux/path.ts";
import { Peer } from "./peer.ts";
import { Session } from "./session.ts";

/** Where commands are looked for if the server's own environment doesn't say. */
const PATH: string = "/bin:/usr/bin";

/** `NAME=value` each. What the client gave has passed the core's accept list, so it can't be one of these names. */
export function sessionEnvironment(session: Session, account: Account, peer: Peer): Uint8Array[] {
  const all = new Array<Uint8Array>();
  const path = variable("PATH");
  all.push(assignment("PATH", path == null ? ascii(PATH) : path));
  all.push(assignment("SSH_CONNECTION", ascii(peer.environment())));
  all.push(assignment("MAIL", concat(ascii("/var/mail/"), account.name)));
  all.push(assignment("HOME", account.home));
  all.push(assignment("USER", account.name));
  all.push(assignment("LOGNAME", account.name));
  all.push(assignment("LOGIN", account.name));
  all.push(assignment("SHELL", account.shell));
  const terminal = session.terminal;
  if (terminal != null) {
    all.push(assignment("TERM", session.terminalName));
    all.push(assignment("SSH_TTY", ascii(terminal.path)));
  }
  if (session.agent.length > 0) all.push(assignment("SSH_AUTH_SOCK", session.agent));
  const original = session.originalCommand;
  if (original != null) all.push(assignment("SSH_ORIGINAL_COMMAND", original));
  for (let i = 0; i < session.variables.length; i++) all.push(session.variables[i]);
  return all;
}

function assignment(name: string, value: Uint8Array): Uint8Array {
  return concat(ascii(name + "="), value);
}

/** A login shell is told so by a dash in front of its name: `-sh`. */
export function shellWords(account: Account): Uint8Array[] {
  return [concat(ascii("-"), baseName(account.shell))];
}

export function commandWords(account: Account, command: Uint8Array): Uint8Array[] {
  return [account.shell, ascii("-c"), command];
}
