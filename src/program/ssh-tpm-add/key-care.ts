/** What ssh-add does beside adding: keys removed and tested, the agent locked and unlocked. */
import { equal, wipe } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import {
  LOCK,
  REMOVE_ALL_IDENTITIES,
  REMOVE_IDENTITY,
  SIGN_RESPONSE,
  SignRequest,
  SignResponse,
  UNLOCK,
} from "../../core/ssh/agent/message.ts";
import { PlainPublicKey } from "../../core/ssh/key/plain-key.ts";
import { parsePublicKey } from "../../core/ssh/key/key-types.ts";
import { verifySignature } from "../../core/ssh/key/signature.ts";
import { Reader } from "../../core/wire/reader.ts";
import { askSecret } from "../../linux/prompt.ts";
import { fillRandom } from "../../linux/random.ts";
import { AgentConnection } from "../agent-connection.ts";
import { log } from "../log.ts";
import { printError } from "../print.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { BareRequest, StringRequest } from "../tpm/agent-requests.ts";
import { certificatePath, publicPath } from "../tpm/key-names.ts";
import { PublicKeyFile } from "../tpm/public-key-file.ts";
import { isAbsent, isDone } from "./addition.ts";

/** Asks an RSA key to hash with SHA-512: SSH_AGENT_RSA_SHA2_512, draft-miller-ssh-agent section 5.3. */
const RSA_SHA2_512: u32 = 4;
/** Bytes that a key is tested on. */
const CHALLENGE: i32 = 1024;

/** Removes the key whose public half is beside `path`, or in it, and its certificate. Returns the exit status. */
export function removeKey(agent: AgentConnection, path: Uint8Array, quiet: bool): i32 {
  const status = removeOne(agent, publicPath(path), quiet);
  const certificate = certificatePath(path);
  return isAbsent(certificate) || removeOne(agent, certificate, quiet) == SUCCESS ? status : FAILURE;
}

function removeOne(agent: AgentConnection, path: Uint8Array, quiet: bool): i32 {
  const key = readKey(path);
  if (key == null) return FAILURE;
  const name = printable(path);
  if (!isDone(agent.ask(new StringRequest(REMOVE_IDENTITY, key.blob)))) {
    return log.fatal("unable to remove " + name + ": the agent has no such key, or is locked");
  }
  return done("Identity removed: " + name + " (" + printable(key.comment) + ")", quiet);
}

export function removeAll(agent: AgentConnection, quiet: bool): i32 {
  if (isDone(agent.ask(new BareRequest(REMOVE_ALL_IDENTITIES)))) return done("All identities removed.", quiet);
  return log.fatal("the agent does not remove its keys: it may be locked");
}

export function lockAgent(agent: AgentConnection, quiet: bool): i32 {
  const first = askSecret("Enter lock password: ");
  const second = first.error == 0 ? askSecret("Again: ") : first;
  const same = equal(first.bytes, second.bytes);
  wipe(second.bytes);
  if (second.error < 0) return unasked(second.error);
  if (!same) {
    wipe(first.bytes);
    return log.fatal("the two passwords differ");
  }
  return answered(agent, LOCK, first.bytes, quiet);
}

export function unlockAgent(agent: AgentConnection, quiet: bool): i32 {
  const password = askSecret("Enter lock password: ");
  return password.error < 0 ? unasked(password.error) : answered(agent, UNLOCK, password.bytes, quiet);
}

function answered(agent: AgentConnection, number: i32, password: Uint8Array, quiet: bool): i32 {
  const answer = agent.ask(new StringRequest(number, password));
  wipe(password);
  const unlock = number == UNLOCK;
  if (isDone(answer)) return done(unlock ? "Agent unlocked." : "Agent locked.", quiet);
  return log.fatal(unlock ? "the agent stays locked: wrong password" : "the agent refuses to be locked");
}

function unasked(error: i32): i32 {
  return log.fatal("unable to read the password from /dev/tty", error);
}

/** Has the agent sign with the key whose public half is beside `file`, or in it. Returns the exit status. */
export function testKey(agent: AgentConnection, file: Uint8Array): i32 {
  const path = publicPath(file);
  const key = readKey(path);
  if (key == null) return FAILURE;
  const request = new SignRequest();
  request.key = key.blob;
  request.message = new Uint8Array(CHALLENGE);
  request.flags = RSA_SHA2_512;
  fillRandom(request.message);
  const answer = agent.ask(request);
  const r = new Reader(answer.subarray(1));
  const signature = SignResponse.decode(r).signature;
  if (answer.length == 0 || (answer[0] as i32) != SIGN_RESPONSE || !r.ok()) {
    return log.fatal("the agent does not sign with " + printable(path));
  }
  const known = parsePublicKey(key.blob);
  if (known != null && verifySignature(known, signature, request.message)) return SUCCESS;
  if (known == null && PlainPublicKey.parse(key.blob) != null) {
    printError(printable(path) + ": the agent signs; whether rightly can't be told here for keys of this type\n");
    return SUCCESS;
  }
  return log.fatal("the agent's signature with " + printable(path) + " is wrong, or of a kind that isn't known");
}

/** The key or certificate in `path`; null if there is none, and why is logged. */
function readKey(path: Uint8Array): PublicKeyFile | null {
  const file = PublicKeyFile.read(path);
  if (file.error < 0) log.fatal("unable to read " + printable(path), file.error);
  else if (file.blob.length == 0) log.fatal(printable(path) + " does not begin with a public key");
  else return file;
  return null;
}

function done(message: string, quiet: bool): i32 {
  if (!quiet) printError(message + "\n");
  return SUCCESS;
}
