/**
 * The files that an image is to have, under a name of their own until all are there: then the folder appears as a whole. A
 * file has its mode from the first byte on.
 */
import { concat } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { EEXIST } from "../../linux/errno.ts";
import { makeFolder, makeLink, publishFolder, remove, writeNewFile } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { beside, parentOf, trimmed, within } from "../../linux/path.ts";
import { log } from "../log.ts";
import { FAILURE, SUCCESS } from "../program.ts";

export const PROGRAM_MODE: i32 = 0o755;
export const PUBLIC_MODE: i32 = 0o644;
export const SECRET_MODE: i32 = 0o600;
export const SECRET_PROGRAM_MODE: i32 = 0o700;
const FOLDER_MODE: i32 = 0o755;
const SECRET_FOLDER_MODE: i32 = 0o700;

export class StagedTree {
  /** SUCCESS until something can't be written, which is logged. */
  status: i32 = SUCCESS;
  private path: Uint8Array;
  private unfinished: Uint8Array;
  /** What is there, folders before what is in them. */
  private files: Uint8Array[] = new Array<Uint8Array>();
  private folders: Uint8Array[] = new Array<Uint8Array>();

  /** `path`: of the folder, which must not exist. */
  constructor(path: Uint8Array) {
    const folder = trimmed(path);
    this.path = folder;
    this.unfinished = beside(folder);
    const exists = new FileStatus().ofPath(folder, false) >= 0;
    const result = exists ? -EEXIST : makeFolder(this.unfinished, FOLDER_MODE);
    if (result < 0) this.status = log.fatal("unable to create directory " + printable(path), result);
    else this.folders.push(this.unfinished);
  }

  /** `name`: from the image's root on, without a slash in front. */
  file(name: string, bytes: Uint8Array, mode: i32): void {
    const path = within(this.unfinished, name);
    this.folder(parentOf(path));
    if (this.status != SUCCESS) return;
    const result = writeNewFile(path, bytes, mode);
    if (result < 0) this.fail(path, result);
    else this.files.push(path);
  }

  link(name: string, target: string): void {
    const path = within(this.unfinished, name);
    this.folder(parentOf(path));
    if (this.status != SUCCESS) return;
    const result = makeLink(ascii(target), path);
    if (result < 0) this.fail(path, result);
    else this.files.push(path);
  }

  /** A folder that nobody else may look into; what is above it is for all. */
  secretFolder(name: string): void {
    const path = within(this.unfinished, name);
    this.folder(parentOf(path));
    this.make(path, SECRET_FOLDER_MODE);
  }

  private folder(path: Uint8Array): void {
    if (path.length <= this.unfinished.length || new FileStatus().ofPath(path, false) >= 0) return;
    this.folder(parentOf(path));
    this.make(path, FOLDER_MODE);
  }

  private make(path: Uint8Array, mode: i32): void {
    if (this.status != SUCCESS) return;
    const result = makeFolder(path, mode);
    if (result < 0) this.fail(path, result);
    else this.folders.push(path);
  }

  private fail(path: Uint8Array, error: i32): void {
    const name = concat(this.path, path.subarray(this.unfinished.length));
    this.status = log.fatal("unable to write " + printable(name), error);
  }

  /** Gives the folder its name, or takes it all away again if something went wrong. Returns the exit status. */
  publish(): i32 {
    if (this.status == SUCCESS) {
      const result = publishFolder(this.unfinished, this.path, FOLDER_MODE);
      if (result < 0) this.status = log.fatal("unable to create directory " + printable(this.path), result);
    }
    if (this.status != SUCCESS) this.abandon();
    return this.status;
  }

  private abandon(): void {
    for (let i = 0; i < this.files.length; i++) remove(this.files[i], false);
    for (let i = this.folders.length - 1; i >= 0; i--) remove(this.folders[i], true);
    this.status = FAILURE;
  }
}
