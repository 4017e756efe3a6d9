/*
 * What the constant-time cases are written with.
 *
 * valgrind's memcheck follows undefined bytes through every computation and complains where a jump or an address
 * depends on one. So a case marks its secrets as undefined, calls a kernel, and there must be no complaint
 * (the method is Adam Langley's ctgrind).
 */
#ifndef HARNESS_H
#define HARNESS_H

#include "wasm-rt.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "memory.h"
#include MODULE_C

/* The functions that the module exports take its one instance (translate.ts). */
#define kernels the_instance

/** A case's own memory lies behind the kernels'; it is given back after the case. */
static u32 next_free;

/** `length` bytes, aligned, with a fixed pattern in them: an operand, or room for a result. */
static u32 bytes(u32 length) {
  u32 at = next_free;
  next_free += (length + 15) & ~15u;
  for (u32 i = 0; i < length; i++) linear_memory[at + i] = (uint8_t)((i * 197 + 31) ^ (i >> 3));
  return at;
}

/** From here on these bytes are secret. */
static void secret(u32 at, u32 length) { VALGRIND_MAKE_MEM_UNDEFINED(linear_memory + at, length); }

/** They are no longer: what was computed from a secret is sent, or was public all along. */
static void disclose(u32 at, u32 length) { VALGRIND_MAKE_MEM_DEFINED(linear_memory + at, length); }

/** The kernels have left no secret, nor anything made of one, in their static memory: a complaint if they have. */
static void wiped(void) { (void)VALGRIND_CHECK_MEM_IS_DEFINED(linear_memory, the_instance.w2c_memory.size); }

#endif
