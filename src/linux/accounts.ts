/**
 * Users and their groups: from /etc/passwd and /etc/group (passwd(5), group(5)), and for a user who isn't there from
 * `getent`, which asks whatever else the system has (LDAP, SSSD, systemd-homed).
 *
 * A line that isn't well-formed is as good as absent. Left out on purpose: passwords and expiry (shadow(5)), and the
 * `+` and `-` lines of NIS.
 */
import { close, O_RDONLY } from "./descriptor.ts";
import { open } from "./file.ts";
import { FileStatus } from "./file-status.ts";
import { Lines } from "./lines.ts";
import { outputOf } from "./command-output.ts";
import { GROUPS_LIMIT, NO_ID } from "./user.ts";
import { copyOf, EMPTY } from "../core/bytes/bytes.ts";
import { ascii } from "../core/bytes/text.ts";

/** The longest user name: TinySSH's. */
export const NAME_LIMIT: i32 = 256;

const PASSWD: string = "/etc/passwd";
const GROUP: string = "/etc/group";
export const GETENT: string = "/usr/bin/getent";
/** Bytes that getent may print: a user in 10,000 groups fits. */
const GETENT_OUTPUT_LIMIT: i32 = 131072;
/** How long a directory server may take to answer, in milliseconds. */
export const GETENT_TIMEOUT: f64 = 10000;

const COLON: u8 = 58;
const COMMA: u8 = 44;
const NEWLINE: u8 = 10;
const BLANK: u8 = 32;

export class Account {
  name: Uint8Array = EMPTY;
  user: u32 = 0;
  group: u32 = 0;
  home: Uint8Array = EMPTY;
  /** Never empty: /bin/sh if none was given. */
  shell: Uint8Array = EMPTY;
  /** The supplementary groups and `group` itself, none of them twice. */
  groups: u32[] = new Array<u32>();

  /** Adds a group unless the account is in it already. */
  join(group: u32): void {
    if (group != NO_ID && this.groups.length < GROUPS_LIMIT && !this.groups.includes(group)) this.groups.push(group);
  }
}

/** The user called `name` with all groups, or null if there is none. */
export function accountNamed(name: Uint8Array): Account | null {
  if (!isName(name)) return null;
  const local = search(name);
  if (local != null) {
    joinListed(local);
    return local;
  }
  const words = [ascii(GETENT), ascii("passwd"), name];
  if (!exists(words[0])) return null;
  const output = outputOf(words, GETENT_OUTPUT_LIMIT, GETENT_TIMEOUT);
  if (output == null) return null;
  const remote = parseAccount(upTo(output, NEWLINE), name);
  if (remote == null) return null;
  joinListed(remote);
  joinPrinted(remote, outputOf([words[0], ascii("initgroups"), name], GETENT_OUTPUT_LIMIT, GETENT_TIMEOUT));
  return remote;
}

/** 0 if /etc/passwd is there, or the negative errno. */
export function accountsError(): i32 {
  return new FileStatus().ofPath(ascii(PASSWD), true);
}

/** The number of the group called `name` in /etc/group, or NO_ID. */
export function groupNumber(name: string): u32 {
  const descriptor = open(ascii(GROUP), O_RDONLY);
  if (descriptor < 0) return NO_ID;
  const lines = new Lines(descriptor);
  const wanted = ascii(name);
  let number = NO_ID;
  while (number == NO_ID && lines.next()) {
    const fields = new Fields(lines.line);
    if (!same(fields.next(), wanted)) continue;
    fields.next();
    number = parseNumber(fields.next());
  }
  close(descriptor);
  return number;
}

/**
 * True for what can be a user's name: neither an option of getent nor a number, which getent would take for a user's
 * number, and nothing that would be more than a field of a line.
 */
function isName(name: Uint8Array): bool {
  if (name.length == 0 || name.length > NAME_LIMIT) return false;
  if (name[0] == 45 || name[0] == 43) return false; // - and +
  let digits = true;
  for (let i = 0; i < name.length; i++) {
    const c = name[i];
    if (c <= BLANK || c == COLON || c == 47 || c == 127) return false;
    if (c < 48 || c > 57) digits = false;
  }
  return !digits;
}

function search(name: Uint8Array): Account | null {
  const descriptor = open(ascii(PASSWD), O_RDONLY);
  if (descriptor < 0) return null;
  const lines = new Lines(descriptor);
  let account: Account | null = null;
  while (account == null && lines.next()) account = parseAccount(lines.line, name);
  close(descriptor);
  return account;
}

/** `name:password:user:group:comment:home:shell`, if it is the one called `name`; null if not, or it isn't well-formed. */
export function parseAccount(line: Uint8Array, name: Uint8Array): Account | null {
  const fields = new Fields(line);
  if (!same(fields.next(), name)) return null;
  const account = new Account();
  account.name = name;
  fields.next();
  account.user = parseNumber(fields.next());
  account.group = parseNumber(fields.next());
  fields.next();
  const home = fields.next();
  account.home = copyOf(home, 0, home.length);
  const shell = fields.next();
  account.shell = shell.length == 0 ? ascii("/bin/sh") : copyOf(shell, 0, shell.length);
  if (!fields.ended() || account.user == NO_ID || account.group == NO_ID) return null;
  account.join(account.group);
  return account;
}

/** Joins the groups of /etc/group, `name:password:number:member,member`, that list the account. */
function joinListed(account: Account): void {
  const descriptor = open(ascii(GROUP), O_RDONLY);
  if (descriptor < 0) return;
  const lines = new Lines(descriptor);
  while (lines.next()) {
    const fields = new Fields(lines.line);
    fields.next();
    fields.next();
    const number = parseNumber(fields.next());
    if (lists(fields.next(), account.name) && fields.ended()) account.join(number);
  }
  close(descriptor);
}

/** Joins the groups of `getent initgroups`: the name, blanks, then numbers with blanks between them. */
function joinPrinted(account: Account, output: Uint8Array | null): void {
  if (output == null) return;
  let rest = upTo(output, NEWLINE);
  if (!same(upTo(rest, BLANK), account.name)) return;
  while (rest.length > 0) {
    const word = upTo(rest, BLANK);
    account.join(parseNumber(word));
    rest = rest.subarray(word.length < rest.length ? word.length + 1 : word.length);
  }
}

/** The fields of a line, with colons between them. */
export class Fields {
  private rest: Uint8Array;
  private more: bool = true;
  private missing: bool = false;

  constructor(line: Uint8Array) {
    this.rest = line;
  }

  next(): Uint8Array {
    if (!this.more) {
      this.missing = true;
      return EMPTY;
    }
    const field = upTo(this.rest, COLON);
    this.more = field.length < this.rest.length;
    this.rest = this.more ? this.rest.subarray(field.length + 1) : EMPTY;
    return field;
  }

  /** True if there were as many as were asked for. */
  ended(): bool {
    return !this.more && !this.missing;
  }
}

/** What comes before the first `end`, or all. */
export function upTo(bytes: Uint8Array, end: u8): Uint8Array {
  const at = bytes.indexOf(end);
  return at < 0 ? bytes : bytes.subarray(0, at);
}

function same(a: Uint8Array, b: Uint8Array): bool {
  if (a.length != b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

function lists(members: Uint8Array, name: Uint8Array): bool {
  let rest = members;
  while (rest.length > 0) {
    const member = upTo(rest, COMMA);
    if (same(member, name)) return true;
    rest = rest.subarray(member.length < rest.length ? member.length + 1 : member.length);
  }
  return false;
}

/** A decimal number below NO_ID, or NO_ID if it isn't one. */
export function parseNumber(text: Uint8Array): u32 {
  if (text.length == 0 || text.length > 10) return NO_ID;
  let number: u64 = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] < 48 || text[i] > 57) return NO_ID;
    number = number * 10 + ((text[i] - 48) as u64);
  }
  return number < (NO_ID as u64) ? (number as u32) : NO_ID;
}

function exists(path: Uint8Array): bool {
  return new FileStatus().ofPath(path, true) == 0;
}
