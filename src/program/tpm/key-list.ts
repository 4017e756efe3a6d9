/** Lists what an agent holds. */
import { toBase64 } from "../../core/bytes/base64.ts";
import { printable } from "../../core/bytes/text.ts";
import { IDENTITIES_ANSWER, IdentitiesAnswer, REQUEST_IDENTITIES } from "../../core/ssh/agent/message.ts";
import { describeBlob } from "../../core/ssh/key/description.ts";
import { Reader } from "../../core/wire/reader.ts";
import { AgentConnection } from "../agent-connection.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { FAILURE } from "../program.ts";
import { BareRequest } from "./agent-requests.ts";

/** One line for each key: its fingerprint, or all of it. Returns the exit status; FAILURE if there are none. */
export function listKeys(agent: AgentConnection, fingerprints: bool): i32 {
  const answer = agent.ask(new BareRequest(REQUEST_IDENTITIES));
  const r = new Reader(answer.subarray(1));
  const keys = IdentitiesAnswer.decode(r);
  if (answer.length == 0 || (answer[0] as i32) != IDENTITIES_ANSWER || !r.ok()) {
    return log.fatal("the agent does not say what keys it has");
  }
  if (keys.blobs.length == 0) {
    print("The agent has no identities.\n");
    return FAILURE;
  }
  let text = "";
  for (let i = 0; i < keys.blobs.length; i++) {
    const line = fingerprints ? describeBlob(keys.blobs[i], keys.comments[i]) : wholeLine(keys, i);
    text += line + "\n";
  }
  return print(text);
}

/** As for authorized_keys. */
function wholeLine(keys: IdentitiesAnswer, index: i32): string {
  const blob = keys.blobs[index];
  const type = printable(new Reader(blob).string());
  const comment = printable(keys.comments[index]);
  return type + " " + printable(toBase64(blob)) + (comment.length > 0 ? " " + comment : "");
}
