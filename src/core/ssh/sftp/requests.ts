/**
 * The requests of draft-ietf-secsh-filexfer-02 section 6: a table of types and of what to do.
 *
 * What a request comes to is a number: a status code, a negative errno, or ANSWERED.
 */
import { copyOf } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { performExtension } from "./extensions.ts";
import { Handle } from "./handles.ts";
import { DATA_LIMIT } from "./limits.ts";
import { longName } from "./long-name.ts";
import * as attributes from "./message/attributes.ts";
import * as file from "./message/file.ts";
import * as number from "./message/number.ts";
import { PathAttributesRequest, PathPairRequest, PathRequest } from "./message/path.ts";
import { AttributesReply, HandleReply, Names } from "./message/reply.ts";
import { PATH_LIMIT } from "./real-path.ts";
import { SftpSession } from "./session.ts";
import { BAD_MESSAGE, EOF, FAILURE, NO_SUCH_FILE, OP_UNSUPPORTED, PERMISSION_DENIED } from "./status.ts";

/** Permissions of what is made, where the client has no wish; less the umask. */
const FILE_MODE: u32 = 0o666;
const FOLDER_MODE: u32 = 0o777;
/** The permissions in a file's mode. */
const MODE_BITS: u32 = 0o7777;

const CHANGING_FLAGS: u32 =
  file.OPEN_WRITE | file.OPEN_APPEND | file.OPEN_CREATE | file.OPEN_TRUNCATE | file.OPEN_EXCLUSIVE;

class RequestType {
  number: i32;
  /** Something may be another afterwards. */
  changes: bool;
  perform: (session: SftpSession, r: Reader) => i32;

  constructor(number: i32, changes: bool, perform: (session: SftpSession, r: Reader) => i32) {
    this.number = number;
    this.changes = changes;
    this.perform = perform;
  }
}

const types: RequestType[] = [
  new RequestType(number.OPEN, false, open),
  new RequestType(number.CLOSE, false, close),
  new RequestType(number.READ, false, read),
  new RequestType(number.WRITE, true, write),
  new RequestType(number.LSTAT, false, lookAtLink),
  new RequestType(number.FSTAT, false, lookAtFile),
  new RequestType(number.SETSTAT, true, change),
  new RequestType(number.FSETSTAT, true, changeFile),
  new RequestType(number.OPENDIR, false, openFolder),
  new RequestType(number.READDIR, false, list),
  new RequestType(number.REMOVE, true, remove),
  new RequestType(number.MKDIR, true, makeFolder),
  new RequestType(number.RMDIR, true, removeFolder),
  new RequestType(number.REALPATH, false, findRealPath),
  new RequestType(number.STAT, false, look),
  new RequestType(number.RENAME, true, rename),
  new RequestType(number.READLINK, false, readLink),
  new RequestType(number.SYMLINK, true, makeLink),
  new RequestType(number.EXTENDED, false, performExtension),
];

/** Does what the request of `type` with the fields `r`, the id first, asks for. */
export function perform(session: SftpSession, type: i32, r: Reader): i32 {
  for (let i = 0; i < types.length; i++) {
    if (types[i].number != type) continue;
    return types[i].changes && session.readOnly ? PERMISSION_DENIED : types[i].perform(session, r);
  }
  return OP_UNSUPPORTED;
}

function answerHandle(session: SftpSession, id: u32, number: i32, isFolder: bool, path: Uint8Array): i32 {
  if (number < 0) return number;
  const handle = new Handle(number, isFolder, copyOf(path, 0, path.length));
  session.handles.add(handle);
  const reply = new HandleReply();
  reply.id = id;
  reply.handle = handle.name;
  return session.answer(reply);
}

function open(session: SftpSession, r: Reader): i32 {
  const m = file.Open.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("open", m.path);
  if (session.readOnly && (m.flags & CHANGING_FLAGS) != 0) return PERMISSION_DENIED;
  if (session.handles.full()) return FAILURE;
  const wish = m.attributes;
  const mode = wish.has(attributes.ATTR_PERMISSIONS) ? (wish.permissions & MODE_BITS) >>> 0 : FILE_MODE;
  return answerHandle(session, m.id, session.files.open(m.path, m.flags, mode), false, m.path);
}

function openFolder(session: SftpSession, r: Reader): i32 {
  const m = PathRequest.decode(number.OPENDIR, r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("opendir", m.path);
  if (session.handles.full()) return FAILURE;
  return answerHandle(session, m.id, session.files.openFolder(m.path), true, m.path);
}

function close(session: SftpSession, r: Reader): i32 {
  const m = file.HandleRequest.decode(number.CLOSE, r);
  if (!r.ok()) return BAD_MESSAGE;
  const handle = session.handles.find(m.handle);
  return handle == null ? NO_SUCH_FILE : session.close(handle);
}

function read(session: SftpSession, r: Reader): i32 {
  const m = file.Read.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  const handle = session.fileNamed(m.handle);
  if (handle == null) return FAILURE;
  if (m.length == 0) return session.commitData(0);
  const length = m.length < (DATA_LIMIT as u32) ? (m.length as i32) : DATA_LIMIT;
  const n = session.files.read(handle.file, m.offset, session.prepareData(length));
  if (n <= 0) return n == 0 ? EOF : n;
  handle.read.add(n);
  return session.commitData(n);
}

function write(session: SftpSession, r: Reader): i32 {
  const m = file.Write.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  const handle = session.fileNamed(m.handle);
  if (handle == null) return FAILURE;
  const result = session.files.write(handle.file, m.offset, m.data);
  if (result >= 0) handle.written.add(m.data.length);
  return result;
}

function lookAtLink(session: SftpSession, r: Reader): i32 {
  return lookAtPath(session, PathRequest.decode(number.LSTAT, r), r, false);
}

function look(session: SftpSession, r: Reader): i32 {
  return lookAtPath(session, PathRequest.decode(number.STAT, r), r, true);
}

function lookAtPath(session: SftpSession, m: PathRequest, r: Reader, follow: bool): i32 {
  if (!r.ok()) return BAD_MESSAGE;
  const reply = new AttributesReply();
  reply.id = m.id;
  const result = session.files.look(m.path, follow, reply.attributes);
  return result < 0 ? result : session.answer(reply);
}

function lookAtFile(session: SftpSession, r: Reader): i32 {
  const m = file.HandleRequest.decode(number.FSTAT, r);
  if (!r.ok()) return BAD_MESSAGE;
  const handle = session.fileNamed(m.handle);
  if (handle == null) return FAILURE;
  const reply = new AttributesReply();
  reply.id = m.id;
  const result = session.files.lookAt(handle.file, reply.attributes);
  return result < 0 ? result : session.answer(reply);
}

function change(session: SftpSession, r: Reader): i32 {
  const m = PathAttributesRequest.decode(number.SETSTAT, r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("setstat", m.path);
  return session.files.change(m.path, true, m.attributes);
}

function changeFile(session: SftpSession, r: Reader): i32 {
  const m = file.SetFileAttributes.decode(r);
  if (!r.ok()) return BAD_MESSAGE;
  const handle = session.fileNamed(m.handle);
  if (handle == null) return FAILURE;
  session.note("fsetstat", handle.path);
  return session.files.changeOpen(handle.file, m.attributes);
}

function list(session: SftpSession, r: Reader): i32 {
  const m = file.HandleRequest.decode(number.READDIR, r);
  if (!r.ok()) return BAD_MESSAGE;
  const handle = session.handles.find(m.handle);
  if (handle == null || !handle.isFolder) return FAILURE;
  const names = new Names();
  names.id = m.id;
  const result = session.files.list(handle.file, names.entries);
  if (result < 0) return result;
  if (names.entries.length == 0) return EOF;
  const now = session.files.time();
  for (let i = 0; i < names.entries.length; i++) {
    const entry = names.entries[i];
    entry.longName = longName(session.files, entry.name, entry.attributes, now);
  }
  return session.answer(names);
}

function remove(session: SftpSession, r: Reader): i32 {
  const m = PathRequest.decode(number.REMOVE, r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("remove", m.path);
  return session.files.remove(m.path);
}

function makeFolder(session: SftpSession, r: Reader): i32 {
  const m = PathAttributesRequest.decode(number.MKDIR, r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("mkdir", m.path);
  const wish = m.attributes;
  const mode = wish.has(attributes.ATTR_PERMISSIONS) ? (wish.permissions & MODE_BITS) >>> 0 : FOLDER_MODE;
  return session.files.makeFolder(m.path, mode);
}

function removeFolder(session: SftpSession, r: Reader): i32 {
  const m = PathRequest.decode(number.RMDIR, r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("rmdir", m.path);
  return session.files.removeFolder(m.path);
}

function findRealPath(session: SftpSession, r: Reader): i32 {
  const m = PathRequest.decode(number.REALPATH, r);
  return r.ok() ? session.answerRealPath(m.path) : BAD_MESSAGE;
}

function rename(session: SftpSession, r: Reader): i32 {
  const m = PathPairRequest.decode(number.RENAME, r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("rename", m.first, m.second);
  return session.files.rename(m.first, m.second, false);
}

function readLink(session: SftpSession, r: Reader): i32 {
  const m = PathRequest.decode(number.READLINK, r);
  if (!r.ok()) return BAD_MESSAGE;
  const target = new Uint8Array(PATH_LIMIT);
  const length = session.files.readLink(m.path, target);
  return length < 0 ? length : session.answerName(target.subarray(0, length));
}

function makeLink(session: SftpSession, r: Reader): i32 {
  const m = PathPairRequest.decode(number.SYMLINK, r);
  if (!r.ok()) return BAD_MESSAGE;
  session.note("symlink", m.first, m.second);
  return session.files.makeLink(m.first, m.second);
}
