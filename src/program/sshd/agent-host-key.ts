/**
 * A host key whose secret half an ssh-agent holds, such as one for keys in a TPM. Only the monitor of a connection asks
 * it, and goes on to wait for that connection alone; what the agent answers is checked before a client gets it.
 */
import { equal } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { SIGN_RESPONSE, SignRequest, SignResponse } from "../../core/ssh/agent/message.ts";
import { HostKey } from "../../core/ssh/environment.ts";
import { fingerprint } from "../../core/ssh/key/fingerprint.ts";
import { KeyKind } from "../../core/ssh/key/key-kind.ts";
import { parsePublicKey } from "../../core/ssh/key/key-types.ts";
import { PublicKey } from "../../core/ssh/key/public-key.ts";
import { verifySignature } from "../../core/ssh/key/signature.ts";
import { Reader } from "../../core/wire/reader.ts";
import { AgentConnection } from "../agent-connection.ts";
import { within } from "../../linux/path.ts";
import { log } from "../log.ts";
import { lineIn, UNREADABLE } from "./public-key-line.ts";

/** How long the agent may take to sign, in milliseconds: a TPM that others use as well takes seconds. */
const TIMEOUT: f64 = 20000;

export class AgentHostKey extends HostKey {
  private socket: Uint8Array;
  private key: PublicKey;

  /** `socket`: the path of the agent's. */
  constructor(socket: Uint8Array, key: PublicKey) {
    super();
    this.socket = socket;
    this.key = key;
  }

  algorithm(): string {
    return this.key.type;
  }

  publicKey(): Uint8Array {
    return this.key.blob;
  }

  sign(message: Uint8Array): Uint8Array | null {
    const request = new SignRequest();
    request.key = this.key.blob;
    request.message = message;
    const agent = "host key agent " + printable(this.socket) + ": ";
    const connection = new AgentConnection(this.socket);
    if (connection.error < 0) {
      log.fatal(agent + "unable to connect", connection.error);
      return null;
    }
    const answer = connection.ask(request, TIMEOUT);
    connection.close();
    const signature = SignResponse.decode(new Reader(answer.subarray(1))).signature;
    const key = this.key.type + " " + fingerprint(this.key.blob);
    if (answer.length == 0) log.fatal(agent + "no answer");
    else if ((answer[0] as i32) != SIGN_RESPONSE) log.fatal(agent + "it does not sign with " + key);
    else if (!verifySignature(this.key, signature, message)) log.fatal(agent + "its signature is not one by " + key);
    else return signature;
    return null;
  }
}

/** Says in the log if the agent can't be reached now: it may come later, and clients may know its keys. */
export function reportAbsence(path: Uint8Array): void {
  const connection = new AgentConnection(path);
  if (connection.error < 0) {
    log.warning("host key agent " + printable(path) + ": unable to connect, for now", connection.error);
  }
  connection.close();
}

/** The key of which an agent has it; `first`: where the folder's own is. Somebody may have written the folder's own key there, in that form: to certify it. */
export function addAgentKey(keys: HostKey[], first: i32, kind: KeyKind, folder: Uint8Array, agent: Uint8Array): bool {
  const path = within(folder, kind.file + ".pub");
  const blob = lineIn(path);
  if (blob == null) return false;
  if (blob.length == 0 || (keys.length > first && equal(keys[first].publicKey(), blob))) return true;
  const key = parsePublicKey(blob);
  if (key != null && key.type == kind.type) keys.push(new AgentHostKey(agent, key));
  else log.fatal(UNREADABLE + printable(path) + ": it is not of type " + kind.type);
  return key != null && key.type == kind.type;
}
