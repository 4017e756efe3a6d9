/*
 * Linear memory: one static array of fixed size, its initial contents, and what an access outside of it does.
 *
 * Every access of the module is `base + offset`: the base has 32 bits, and translate.ts makes sure that no offset, which is
 * a constant of the code, passes the margin. All that can be reached so is this array and the reach behind it, where a
 * host that calls `guard_memory` lets nothing be: the processor finds what is out of bounds, and no code compares anything.
 *
 * Included once, after `die` and before the module.
 */
#ifndef MEMORY_H_
#define MEMORY_H_

#include "wasm-rt.h"

/** Linear memory never grows past this; pages that were never touched cost nothing. */
#define MEMORY_BYTES (64u << 20)
/** What the constant offsets of the code stay below (translate.ts). */
#define MARGIN_BYTES (1u << 20)
/** How far behind its beginning an access can be, of the largest base and the largest offset. */
#define REACH_BYTES ((1ull << 32) + MARGIN_BYTES)
/** The largest page of the architectures that this is built for. */
#define PAGE_BYTES 65536
#define TABLE_ENTRIES 1024

static uint8_t linear_memory[MEMORY_BYTES] __attribute__((aligned(PAGE_BYTES)));

/** How the module sees it: by addresses, or, where that is said, by the segment that host.c makes of it. */
#ifdef MEMORY_IN_SEGMENT
#define MEMORY_SPACE __seg_gs
#define MEMORY_AT(address) (uintptr_t)(address)
#else
#define MEMORY_SPACE
#define MEMORY_AT(address) &linear_memory[address]
#endif

/** A type of C as it lies in memory: anywhere, among any others. */
#define IN_MEMORY(type) typedef type __attribute__((aligned(1), may_alias)) MEMORY_SPACE in_memory

WASM_RT_NO_RETURN static void die(const char* why);

/* One function for each kind of trap keeps the calls short: there are thousands. */
#define TRAP_FUNCTION(name, why) \
  WASM_RT_NO_RETURN __attribute__((cold, noinline)) static void name(void) { die(why); }
TRAP_FUNCTION(TRAP_OOB, "memory access out of bounds")
TRAP_FUNCTION(TRAP_UNREACHABLE, "broken invariant")
TRAP_FUNCTION(TRAP_INT_OVERFLOW, "number out of range")
#define TRAP_DIV_BY_ZERO TRAP_INT_OVERFLOW
#define TRAP_INVALID_CONVERSION TRAP_INT_OVERFLOW
#define TRAP_CALL_INDIRECT TRAP_UNREACHABLE
#define TRAP_NULL_REF TRAP_UNREACHABLE

void wasm_rt_allocate_memory(wasm_rt_memory_t* memory, uint64_t pages, uint64_t max_pages, bool is64, uint32_t page_size) {
  (void)max_pages, (void)is64;
  if (pages * page_size > MEMORY_BYTES) die("out of memory");
  *memory = (wasm_rt_memory_t){linear_memory, pages, MEMORY_BYTES / page_size, pages * page_size};
}

/** asc's allocator asks for as much again as there is, and if it is refused that, for what it needs. */
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t* memory, uint64_t pages) {
  static bool refused;
  uint64_t before = memory->pages;
  if (pages > memory->max_pages - before) {
    if (refused) die("out of memory");
    refused = true;
    return (uint64_t)-1;
  }
  refused = false;
  memory->pages += pages;
  memory->size = memory->pages << 16;
  return before;
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t* table, uint32_t elements, uint32_t max_elements) {
  static wasm_rt_funcref_t entries[TABLE_ENTRIES];
  (void)max_elements;
  if (elements > TABLE_ENTRIES) die("function table too small");
  *table = (wasm_rt_funcref_table_t){entries, elements, elements};
}

/** Bits of the image: the byte that they are taken from, and which was the last. */
static struct { const uint8_t* from; uint8_t bits, mask; } packed_image;

static uint32_t image_bit(void) {
  if (!(packed_image.mask >>= 1)) {
    packed_image.mask = 128;
    packed_image.bits = *packed_image.from++;
  }
  return (packed_image.bits & packed_image.mask) != 0;
}

/** Elias's gamma code: before each bit after the first a 1, and a 0 at the end. */
static uint32_t image_gamma(void) {
  uint32_t value = 1;
  while (image_bit()) value = value * 2 + image_bit();
  return value;
}

/** Undoes `compress` of image.ts. */
static void decompress_image(uint8_t* to, const uint8_t* end) {
  while (to < end) {
    if (!image_bit()) {
      *to++ = *packed_image.from++;
      continue;
    }
    uint32_t length = image_gamma() + 1;
    uint32_t distance = (image_gamma() - 1) << 8;
    distance |= *packed_image.from++;
    for (; length; length--, to++) *to = to[-(ptrdiff_t)distance];
  }
}

/** The next number of an unpacked image: seven bits a byte, the lowest first. */
static uint32_t image_number(const uint8_t** from) {
  uint32_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = *(*from)++;
    value |= (uint32_t)(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

/** Puts the pieces of a stream of `length` bytes where they belong: undoes `joinPieces` of image.ts. */
static void place_pieces(const uint8_t* from, size_t length) {
  const uint8_t* end = from + length;
  uint32_t at = 0;
  while (from < end) {
    uint32_t packed = image_number(&from);
    uint32_t count = packed / 2;
    if (packed % 2) {
      struct { uint32_t block, collector[2], type, bytes; } header = {((20 + 2 * count + 15) & ~15u) - 4, {0, 0}, 2, 2 * count};
      at += (12 - at) & 15;
      memcpy(linear_memory + at, &header, sizeof header);
      for (at += sizeof header; count; count--, at += 2) linear_memory[at] = *from++;
    } else {
      at += image_number(&from);
      memcpy(linear_memory + at, from, count);
      from += count;
      at += count;
    }
  }
}

/**
 * Unpacks the initial contents of memory, which end at `last`; image.ts says how they are packed. The `length` bytes of
 * the stream in between lie where the heap will be.
 */
static void load_image(const uint8_t* image, uint32_t last, size_t length) {
  uint8_t* stream = linear_memory + last;
  packed_image.from = image;
  decompress_image(stream, stream + length);
  place_pieces(stream, length);
  memset(stream, 0, length);
}

#endif
