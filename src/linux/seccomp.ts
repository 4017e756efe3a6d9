/**
 * A filter on this process's system calls, seccomp(2): what it doesn't let through ends the process.
 *
 * It is a program of the classic BPF machine over struct seccomp_data: number, architecture, instruction pointer,
 * arguments. Of an argument its lower 32 bits are looked at, which is all of an `int`.
 */
import { call, whole } from "./sys.ts";
import { putI64, putU16, putU32 } from "./layout.ts";

const PR_GET_SECCOMP: i32 = 21;
const PR_SET_SECCOMP: i32 = 22;
const SECCOMP_MODE_FILTER: i32 = 2;

const AUDIT_ARCH: u32 = AARCH64 ? 0xc00000b7 : 0xc000003e;
/** Before Linux 4.14 it ends the one thread, which is the same here. */
const KILL_PROCESS: u32 = 0x80000000;
const ALLOW: u32 = 0x7fff0000;

/** Instructions: load a word, compare it with a constant, return. */
const LOAD: i32 = 0x20;
const JUMP_IF_EQUAL: i32 = 0x15;
const RETURN: i32 = 0x06;

/** Offsets in struct seccomp_data. */
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/** Bytes of one instruction; there are never more than this many. */
const INSTRUCTION: i32 = 8;
const INSTRUCTIONS: i32 = 64;

/** False if the kernel has no seccomp filters: very old ones, and qemu's emulation of a kernel. */
export function hasSeccomp(): bool {
  return call(157, 167, PR_GET_SECCOMP) >= 0;
}

export class SeccompFilter {
  private program: Uint8Array = new Uint8Array(INSTRUCTIONS * INSTRUCTION);
  private length: i32 = 0;

  constructor() {
    this.add(LOAD, ARCHITECTURE, 0, 0);
    this.add(JUMP_IF_EQUAL, AUDIT_ARCH, 1, 0);
    this.add(RETURN, KILL_PROCESS, 0, 0);
    this.add(LOAD, NUMBER, 0, 0);
    // No such call: what a tracer makes of one that it doesn't let happen.
    this.allow(-1, -1);
  }

  /** Lets a call through. */
  allow(x86_64: i32, aarch64: i32): void {
    this.add(JUMP_IF_EQUAL, (AARCH64 ? aarch64 : x86_64) as u32, 0, 1);
    this.add(RETURN, ALLOW, 0, 0);
  }

  /** Lets a call through if argument `index`, counted from 0, is `value`. */
  allowWith(x86_64: i32, aarch64: i32, index: u32, value: u32): void {
    this.add(JUMP_IF_EQUAL, (AARCH64 ? aarch64 : x86_64) as u32, 0, 4);
    this.require(index, value, 1);
    this.add(RETURN, ALLOW, 0, 0);
    this.add(RETURN, KILL_PROCESS, 0, 0);
  }

  /** Lets a call through if two arguments are what they must be. */
  allowWithBoth(x86_64: i32, aarch64: i32, index: u32, value: u32, other: u32, otherValue: u32): void {
    this.add(JUMP_IF_EQUAL, (AARCH64 ? aarch64 : x86_64) as u32, 0, 6);
    this.require(index, value, 3);
    this.require(other, otherValue, 1);
    this.add(RETURN, ALLOW, 0, 0);
    this.add(RETURN, KILL_PROCESS, 0, 0);
  }

  /** Puts the filter into force, for good. The process must have given up new privileges. False if it can't be done. */
  install(): bool {
    this.add(RETURN, KILL_PROCESS, 0, 0);
    const header = new Uint8Array(16); // struct sock_fprog
    putU16(header, 0, this.length);
    putI64(header, 8, whole(this.program));
    return call(157, 167, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, whole(header)) == 0; // prctl
  }

  /** Skips `distance` instructions beyond the next one if argument `index` isn't `value`. */
  private require(index: u32, value: u32, distance: i32): void {
    this.add(LOAD, ARGUMENTS + 8 * index, 0, 0);
    this.add(JUMP_IF_EQUAL, value, 0, distance);
  }

  private add(code: i32, constant: u32, jumpIfTrue: i32, jumpIfFalse: i32): void {
    const at = this.length * INSTRUCTION;
    if (at == this.program.length) throw new RangeError("the filter is too long");
    putU16(this.program, at, code);
    putU16(this.program, at + 2, jumpIfTrue | (jumpIfFalse << 8));
    putU32(this.program, at + 4, constant);
    this.length++;
  }
}
