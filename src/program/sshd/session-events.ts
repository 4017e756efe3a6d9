/** What the log says of a session: its beginning, what it runs, and its end. docs/log.md describes all events. */
import { excerpt, printable } from "../../core/bytes/text.ts";
import { Event } from "../../core/ssh/event.ts";
import { Account } from "../../linux/accounts.ts";
import { Ending } from "../../linux/process.ts";
import { log } from "../log.ts";
import { signalName } from "./signal-names.ts";

/** Who has chosen a session's command. */
export const BY_CLIENT: string = "client";
export const BY_KEY: string = "key";
export const BY_SERVER: string = "server";

/** `terminal`: a path, or empty. */
export function reportStart(session: i32, account: Account, process: i32, terminal: string): void {
  const user = printable(account.name);
  const on = terminal.length > 0 ? " on " + terminal : "";
  const event = new Event("session", `${session}: ` + user + on + `, process ${process}`);
  event.tell("channel", `${session}`).tell("user", user).tell("process", `${process}`);
  log.event(terminal.length > 0 ? event.tell("terminal", terminal) : event);
}

/** `by`: BY_CLIENT, BY_KEY, BY_SERVER. */
export function reportCommand(session: i32, command: Uint8Array, by: string): void {
  const words = excerpt(command);
  const event = new Event("exec", `${session}: by the ` + by + ": " + words);
  log.event(event.tell("channel", `${session}`).tell("by", by).tell("command", words));
}

export function reportEnd(session: i32, ending: Ending): void {
  const isSignal = ending.signal != 0;
  const value = isSignal ? signalName(ending.signal) : `${ending.status}`;
  const name = isSignal ? "signal" : "status";
  log.event(new Event("exit", `${session}: ` + name + " " + value).tell("channel", `${session}`).tell(name, value));
}
