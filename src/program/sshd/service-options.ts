/** Options for a server that stays where it is, which that of an initramfs has no use for. */
import { isText } from "../../core/bytes/text.ts";
import { log } from "../log.ts";
import { CommandLine, Option } from "../options.ts";
import { MILLISECONDS, NUMBER_LIMIT, SshdOptions } from "./options.ts";

export function addServiceOptions(options: Option[]): void {
  options.push(new Option("", "host-key-agent", "SOCKET", "an ssh-agent that signs by the keys in keydir/NAME.pub"));
  options.push(
    new Option("", "trusted-user-ca-keys", "FILE", "authorities whose certificates let any user in that they name"),
  );
  options.push(
    new Option("", "revoked-keys", "FILE", "keys and certificates that are good no more: lines, or OpenSSH's KRL"),
  );
  options.push(
    new Option("", "tcp-forwarding", "", "connect clients to elsewhere (ssh -J, -L, -W) where their keys permit it"),
  );
  options.push(
    new Option("", "agent-forwarding", "", "let sessions reach the client's agent (ssh -A) where the key permits it"),
  );
  options.push(new Option("", "aes-gcm", "", "offer aes256-gcm@openssh.com too, for clients without ChaCha20"));
  options.push(new Option("", "log", "text|json", "the form of messages"));
  options.push(new Option("", "rekey-bytes", "N", "new keys after so many bytes"));
  options.push(new Option("", "rekey-seconds", "N", "new keys after so many seconds"));
}

/** Takes the current option if it is one of these. */
export function readServiceOption(line: CommandLine, options: SshdOptions): bool {
  const transport = options.server.transport;
  if (line.option == "host-key-agent") options.hostKeyAgent = pathOf(line);
  else if (line.option == "trusted-user-ca-keys") options.keyFiles.trustedAuthorities = pathOf(line);
  else if (line.option == "revoked-keys") options.keyFiles.revokedKeys = pathOf(line);
  else if (line.option == "tcp-forwarding") options.tcpForwarding = true;
  else if (line.option == "agent-forwarding") options.agentForwarding = true;
  else if (line.option == "aes-gcm") transport.aesGcm = true;
  else if (line.option == "log") chooseLog(line);
  else if (line.option == "rekey-bytes") transport.rekeyBytes = line.number(1, NUMBER_LIMIT);
  else if (line.option == "rekey-seconds") transport.rekeyMilliseconds = line.number(1, NUMBER_LIMIT) * MILLISECONDS;
  else return false;
  return true;
}

function pathOf(line: CommandLine): Uint8Array {
  if (line.value.length == 0) line.wrong("--" + line.option + " needs the path of a file");
  return line.value;
}

function chooseLog(line: CommandLine): void {
  log.json = isText(line.value, "json");
  if (!log.json && !isText(line.value, "text")) line.expected("text or json");
}
