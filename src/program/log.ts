/**
 * The log: one line, and one write, for each message.
 *
 * As text it is TinySSH's, `PROGRAM: SESSION: LEVEL: MESSAGE (ERROR)`, without the source file and line that TinySSH
 * adds. As JSON it is one object a line, with named fields beside the message. Lines go to standard error, with a
 * priority prefix (sd-daemon(3)) if that is the journal, or to a sink such as syslog. Bytes that are not printable
 * ASCII are written as `?` in either form: a user name can't forge a line or steer a terminal.
 */
import { FATAL, WARNING, INFO, DEBUG } from "../core/ssh/environment.ts";
import { Event } from "../core/ssh/event.ts";
import { ascii, isText } from "../core/bytes/text.ts";
import { timestamp } from "../core/timestamp.ts";
import { variable } from "../linux/arguments.ts";
import { errorText } from "../linux/errno.ts";
import { STDERR, writeAll } from "../linux/descriptor.ts";
import { FileStatus } from "../linux/file-status.ts";
import { wallClock } from "../linux/wall-clock.ts";
import { FAILURE } from "./program.ts";

/** Priorities of syslog(3). */
export const PRIORITY_ERROR: i32 = 3;
export const PRIORITY_WARNING: i32 = 4;
export const PRIORITY_INFO: i32 = 6;
export const PRIORITY_DEBUG: i32 = 7;

/** Verbosity: nothing; fatal errors (the default); warnings and information too; debugging; what TinySSH's -vvv is. */
export const QUIET: i32 = 0;
export const NORMAL: i32 = 1;
export const VERBOSE: i32 = 2;
export const DEBUGGING: i32 = 3;
export const TRACING: i32 = 4;

/** Where lines go instead of standard error. */
export abstract class LogSink {
  /** `line` is printable ASCII without a line end. */
  abstract line(priority: i32, line: string): void;
}

function levelName(level: i32): string {
  if (level == FATAL) return "fatal";
  if (level == WARNING) return "warning";
  return level == INFO ? "info" : "debug";
}

function priorityOf(level: i32): i32 {
  if (level == FATAL) return PRIORITY_ERROR;
  if (level == WARNING) return PRIORITY_WARNING;
  return level == INFO ? PRIORITY_INFO : PRIORITY_DEBUG;
}

/** The least verbosity at which a level is written. */
function verbosityOf(level: i32): i32 {
  if (level == FATAL) return NORMAL;
  return level == DEBUG ? DEBUGGING : VERBOSE;
}

/** Printable ASCII is kept; `"` and `\` are escaped if `json`. */
function clean(text: string, json: bool): string {
  let kept = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const printable = c >= 32 && c < 127;
    if (printable && !(json && (c == 34 || c == 92))) continue;
    kept += text.substring(from, i);
    kept += printable ? "\\" + text.charAt(i) : "?";
    from = i + 1;
  }
  return kept + text.substring(from);
}

/** A member of a JSON object. `name`: plain letters. */
export function jsonMember(name: string, value: string): string {
  return '"' + name + '":"' + clean(value, true) + '"';
}

/** True if standard error is the journal's socket: systemd says which device and inode that one has. */
function isJournal(): bool {
  const stream = variable("JOURNAL_STREAM");
  if (stream == null) return false;
  const status = new FileStatus();
  if (status.ofDescriptor(log.descriptor) < 0) return false;
  return isText(stream, `${status.device()}:${status.inode()}`);
}

export class Log {
  /** The name at the start of each line. */
  program: string = "";
  /** Tells one connection's lines from another's; none if empty. */
  session: string = "";
  verbosity: i32 = NORMAL;
  /** JSON lines in place of text. */
  json: bool = false;
  /** Where lines go if there is no sink. */
  descriptor: i32 = STDERR;
  sink: LogSink | null = null;
  /** The other side of the connection that the process serves: as text, and its parts. Empty if there is none. */
  remote: string = "";
  remoteHost: string = "";
  remotePort: string = "";
  private fields: string = "";
  private journal: bool = false;
  private journalKnown: bool = false;

  /** True if a message of `level` would be written. */
  writes(level: i32): bool {
    return verbosityOf(level) <= this.verbosity;
  }

  /** An event, with the other side's address: ahead of all that strangers have chosen, so that none can pretend one. */
  event(event: Event): void {
    const from = this.remote.length > 0 ? this.remote + ": " : "";
    if (this.json) this.fields = this.fieldsOf(event);
    this.write(INFO, event.name + ": " + from + event.words);
  }

  /** The members of a JSON object that an event adds. */
  private fieldsOf(event: Event): string {
    let fields = "," + jsonMember("event", event.name);
    if (this.remote.length > 0) {
      fields += "," + jsonMember("remote", this.remoteHost) + "," + jsonMember("port", this.remotePort);
    }
    for (let i = 0; i < event.names.length; i++) fields += "," + jsonMember(event.names[i], event.values[i]);
    return fields;
  }

  /**
   * What ends the program; returns the exit status that goes with it. `errno`: the error number of a failed system
   * call, positive or negative; none if 0.
   */
  fatal(message: string, errno: i32 = 0): i32 {
    this.write(FATAL, message, errno);
    return FAILURE;
  }

  warning(message: string, errno: i32 = 0): void {
    this.write(WARNING, message, errno);
  }

  info(message: string): void {
    this.write(INFO, message);
  }

  debug(message: string): void {
    this.write(DEBUG, message);
  }

  /** One message, if the verbosity lets its level through. */
  write(level: i32, message: string, errno: i32 = 0): void {
    const fields = this.fields;
    this.fields = "";
    if (!this.writes(level)) return;
    const error = errno == 0 ? "" : errorText(errno < 0 ? -errno : errno);
    const line = this.json ? this.asJson(level, message, error, fields) : this.asText(level, message, error);
    const sink = this.sink;
    if (sink != null) sink.line(priorityOf(level), line);
    else writeAll(this.descriptor, ascii(this.prefix(level) + line + "\n"));
  }

  private asText(level: i32, message: string, error: string): string {
    const session = this.session.length > 0 ? this.session + ": " : "";
    const reason = error.length > 0 ? " (" + error + ")" : "";
    // A syslog record carries the program's name already.
    const program = this.sink == null ? this.program + ": " : "";
    return clean(program + session + levelName(level) + ": " + message + reason, false);
  }

  private asJson(level: i32, message: string, error: string, fields: string): string {
    const clock = wallClock();
    let line = "{" + jsonMember("time", timestamp(clock.day, clock.seconds, clock.milliseconds));
    line += "," + jsonMember("level", levelName(level)) + "," + jsonMember("program", this.program);
    if (this.session.length > 0) line += "," + jsonMember("session", this.session);
    line += "," + jsonMember("message", message);
    if (error.length > 0) line += "," + jsonMember("error", error);
    return line + fields + "}";
  }

  private prefix(level: i32): string {
    if (!this.journalKnown) {
      this.journal = isJournal();
      this.journalKnown = true;
    }
    return this.journal ? `<${priorityOf(level)}>` : "";
  }
}

/** The process's one log. */
export const log: Log = new Log();
