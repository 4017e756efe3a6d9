/** A page of memory that stays out of swap space and core files, for secrets that are kept. */
import { address, call } from "./sys.ts";

export const PAGE_BYTES: i32 = 4096;

const MADV_DONTDUMP: i32 = 16;

export class LockedPage {
  bytes: Uint8Array;
  /** 0, or why it could not be locked, the negative errno: there is a limit on memory of that kind. */
  error: i32;

  constructor() {
    const around = new Uint8Array(2 * PAGE_BYTES);
    const before = (PAGE_BYTES - ((address(around, 0, 0) as i32) & (PAGE_BYTES - 1))) & (PAGE_BYTES - 1);
    const page = address(around, before, PAGE_BYTES);
    this.bytes = around.subarray(before, before + PAGE_BYTES);
    this.error = call(149, 228, page, PAGE_BYTES); // mlock
    call(28, 233, page, PAGE_BYTES, MADV_DONTDUMP); // madvise
  }
}
