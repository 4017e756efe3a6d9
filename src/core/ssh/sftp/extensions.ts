/**
 * The extensions: a table of names, versions and of what to do. They are those of OpenSSH's server, and do what they do
 * there (its file PROTOCOL, section 4; draft-ietf-secsh-filexfer-extensions-00 sections 5 and 7).
 */
import { concat } from "../../bytes/bytes.ts";
import { isText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { HANDLES_LIMIT } from "./handles.ts";
import { ATTR_SIZE } from "./message/attributes.ts";
import * as extension from "./message/extension.ts";
import { ExtendedReply } from "./message/extension.ts";
import { DATA_LIMIT, PACKET_LIMIT } from "./limits.ts";
import { SftpSession } from "./session.ts";
import { BAD_MESSAGE, FAILURE, INVALID, NO_SUCH_FILE, OP_UNSUPPORTED, PERMISSION_DENIED } from "./status.ts";

/** Users and groups that may be asked for at once: as many as an answer has room for with the longest names. */
const IDS_LIMIT: i32 = 1000;
const ID_BYTES: i32 = 4;

const TILDE: u8 = 126;
const SLASH: u8 = 47;

class ExtensionType {
  name: string;
  version: string;
  /** Something may be another afterwards. */
  changes: bool;
  perform: (session: SftpSession, r: Reader) => i32;

  constructor(name: string, version: string, changes: bool, perform: (session: SftpSession, r: Reader) => i32) {
    this.name = name;
    this.version = version;
    this.changes = changes;
    this.perform = perform;
  }
}

const types: ExtensionType[] = [
  new ExtensionType("posix-rename@openssh.com", "1", true, rename),
  new ExtensionType("statvfs@openssh.com", "2", false, statistics),
  new ExtensionType("fstatvfs@openssh.com", "2", false, statisticsOfFile),
  new ExtensionType("hardlink@openssh.com", "1", true, link),
  new ExtensionType("fsync@openssh.com", "1", true, sync),
  new ExtensionType("lsetstat@openssh.com", "1", true, change),
  new ExtensionType("limits@openssh.com", "1", false, tellLimits),
  new ExtensionType("expand-path@openssh.com", "1", false, expandPath),
  new ExtensionType("copy-data", "1", true, copyData),
  new ExtensionType("home-directory", "1", false, tellHome),
  new ExtensionType("users-groups-by-id@openssh.com", "1", false, tellNames),
];

/** Names and versions for SSH_FXP_VERSION; only what a client may use if nothing may be changed. */
export function extensionPairs(readOnly: bool): Uint8Array {
  const w = new Writer(512);
  for (let i = 0; i < types.length; i++) {
    if (readOnly && types[i].changes) continue;
    w.text(types[i].name);
    w.text(types[i].version);
  }
  return w.written();
}

/** Does what SSH_FXP_EXTENDED asks for. */
export function performExtension(session: SftpSession, r: Reader): i32 {
  const m = extension.Extended.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  for (let i = 0; i < types.length; i++) {
    if (!isText(m.name, types[i].name)) continue;
    if (types[i].changes && session.readOnly) return PERMISSION_DENIED;
    return types[i].perform(session, new Reader(m.data));
  }
  return OP_UNSUPPORTED;
}

function answerData(session: SftpSession, w: Writer): i32 {
  const reply = new ExtendedReply();
  reply.id = session.id;
  reply.data = w.written();
  return session.answer(reply);
}

function rename(session: SftpSession, r: Reader): i32 {
  const m = extension.PathPairFields.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("posix-rename", m.first, m.second);
  return session.files.rename(m.first, m.second, true);
}

function link(session: SftpSession, r: Reader): i32 {
  const m = extension.PathPairFields.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("hardlink", m.first, m.second);
  return session.files.link(m.first, m.second);
}

function statistics(session: SftpSession, r: Reader): i32 {
  const m = extension.PathField.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  const found = new extension.FileSystemStatistics();
  return answerStatistics(session, found, session.files.statistics(m.path, found));
}

function statisticsOfFile(session: SftpSession, r: Reader): i32 {
  const m = extension.HandleField.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  const handle = session.fileNamed(m.handle);
  if (handle == null) return FAILURE;
  const found = new extension.FileSystemStatistics();
  return answerStatistics(session, found, session.files.statisticsOf(handle.file, found));
}

function answerStatistics(session: SftpSession, found: extension.FileSystemStatistics, result: i32): i32 {
  if (result < 0) return result;
  const w = new Writer(88);
  found.encode(w);
  return answerData(session, w);
}

function sync(session: SftpSession, r: Reader): i32 {
  const m = extension.HandleField.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  const handle = session.fileNamed(m.handle);
  return handle == null ? NO_SUCH_FILE : session.files.sync(handle.file);
}

function change(session: SftpSession, r: Reader): i32 {
  const m = extension.PathAttributesFields.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("lsetstat", m.path);
  if (m.attributes.has(ATTR_SIZE)) return INVALID; // a link has none that could be set
  return session.files.change(m.path, false, m.attributes);
}

function tellLimits(session: SftpSession, r: Reader): i32 {
  if (!r.ok()) return BAD_MESSAGE;
  const limits = new extension.Limits();
  limits.packet = PACKET_LIMIT as u32;
  limits.read = DATA_LIMIT as u32;
  limits.write = DATA_LIMIT as u32;
  limits.handles = HANDLES_LIMIT as u32;
  const w = new Writer(32);
  limits.encode(w);
  return answerData(session, w);
}

/** As for REALPATH, but that `~` and `~user` at the start stand for a home folder. */
function expandPath(session: SftpSession, r: Reader): i32 {
  const m = extension.PathField.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  if (m.path.length == 0 || m.path[0] != TILDE) return session.answerRealPath(m.path);
  const slash = m.path.indexOf(SLASH);
  const end = slash < 0 ? m.path.length : slash;
  const home = session.files.homeOf(m.path.subarray(1, end));
  return home.length == 0 ? NO_SUCH_FILE : session.answerRealPath(concat(home, m.path.subarray(end)));
}

function copyData(session: SftpSession, r: Reader): i32 {
  const m = extension.CopyDataFields.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  const from = session.fileNamed(m.from);
  const to = session.fileNamed(m.to);
  if (from == null || to == null || from == to) return FAILURE;
  session.note("copy-data", from.path, to.path);
  return session.files.copy(from.file, m.fromOffset, m.length, to.file, m.toOffset);
}

function tellHome(session: SftpSession, r: Reader): i32 {
  const m = extension.UserField.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  const home = session.files.homeOf(m.user);
  return home.length == 0 ? FAILURE : session.answerName(home);
}

function tellNames(session: SftpSession, r: Reader): i32 {
  const m = extension.UsersGroupsFields.decode(r);
  const bytes = m.users.length + m.groups.length;
  if (!r.ok() || m.users.length % ID_BYTES != 0 || bytes % ID_BYTES != 0) return BAD_MESSAGE;
  if (bytes > IDS_LIMIT * ID_BYTES) return FAILURE;
  const users = new Writer(256);
  const groups = new Writer(256);
  for (const ids = new Reader(m.users); ids.left() > 0;) users.string(session.files.userName(ids.uint32()));
  for (const ids = new Reader(m.groups); ids.left() > 0;) groups.string(session.files.groupName(ids.uint32()));
  const w = new Writer(512);
  w.string(users.written());
  w.string(groups.written());
  return answerData(session, w);
}
