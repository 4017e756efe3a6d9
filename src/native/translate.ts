/**
 * WebAssembly to C by wasm2c, and then what wasm2c can't know about our host (host.c): there is one module, and its
 * linear memory is one static array of fixed size.
 *
 * Four things change in the C, for the size and the speed of the executable:
 *
 * - A memory access is `base + offset`, the offset a constant of the code. wasm2c adds and then compares with the size;
 *   here nothing is compared. Behind the array lies what no access gets through, as far as any can reach: memory.h.
 * - A load and a store name a place in memory by `IN_MEMORY` and `MEMORY_AT` of memory.h.
 * - The module's instance is a static object rather than a pointer that every function passes on.
 * - The initial contents of memory, hundreds of short strings mostly, are one compressed image.
 *
 * Every change says what it expects to find. If wasm2c writes something else, the build ends.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compress, joinPieces, type Piece } from "./image.ts";

/** MARGIN_BYTES of memory.h: constant offsets stay below this, and so does the end of what is read or written there. */
const MARGIN_BYTES = 1 << 20;
const LARGEST_ACCESS = 16;

const edits: [from: string, to: string][] = [
  ["#define MEM_ADDR(mem, addr, n) &((mem)->data[addr])", "#define MEM_ADDR(mem, addr, n) (&linear_memory[addr])"],
  ["if (UNLIKELY(a + (uint64_t)sizeof(t) > mem->size)) \\\n    TRAP(OOB);", ""],
  ["if (UNLIKELY(res > (mem)->size))", "if (UNLIKELY(res > MEMORY_BYTES))"],
  ["#define TRAP(x) (wasm_rt_trap(WASM_RT_TRAP_##x), 0)", "#define TRAP(x) (TRAP_##x(), 0)"],
  ['#define FORCE_READ_INT(var) __asm__("" ::"r"(var));', "#define FORCE_READ_INT(var)"],
  [
    "static inline return_type name##_default32(wasm_rt##shared##memory_t* mem,",
    "static inline __attribute__((always_inline)) return_type name##_default32(wasm_rt##shared##memory_t* mem,",
  ],
  ["instance->w2c_", "the_instance.w2c_"],
  [
    `    wasm_rt_memcpy(&result, MEM_ADDR_MEMOP(mem, addr, sizeof(t1)),     \\\n                   sizeof(t1));                                        \\\n`,
    "    IN_MEMORY(t1); result = *(in_memory*)MEMORY_AT(addr); \\\n",
  ],
  [
    `    wasm_rt_memcpy(MEM_ADDR_MEMOP(mem, addr, sizeof(t1)), &wrapped,    \\\n                   sizeof(t1));                                        \\\n`,
    "    IN_MEMORY(t1); *(in_memory*)MEMORY_AT(addr) = wrapped; \\\n",
  ],
];

function replaceAll(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`wasm2c no longer writes: ${from}`);
  return text.replaceAll(from, to);
}

/** Makes sure that each access is a base of 32 bits, a variable, and an offset that stays within the margin. */
function checkAccesses(text: string): string {
  let checked = 0;
  const result = text.replace(
    /_default32\(&the_instance\.w2c_memory, \(u64\)\((var_\w+)\)(?: \+ (\d+)u?)?(?=[,)])/g,
    (_access, base: string, offset = "0") => {
      if (Number(offset) > MARGIN_BYTES - LARGEST_ACCESS) throw new Error(`an offset of ${offset} passes the margin`);
      checked++;
      return `_default32(NULL, (u64)(u32)(${base}) + ${offset}u`;
    },
  );
  // All but the definitions, whose first parameter is declared by its type.
  const accesses = text.match(/_default32\((?!wasm_rt)/g)?.length ?? 0;
  if (checked === 0 || checked !== accesses) throw new Error(`${accesses} memory accesses, but ${checked} are checked`);
  return result;
}

/** Takes the data segments out of the C and puts the image in their place, compressed or for others to compress. */
function replaceData(text: string, compressed: boolean): string {
  const contents = new Map<string, Buffer>();
  let c = text.replace(
    /static const u8 (data_segment_data_\w+)\[\] = \{([^}]*)\};\n/g,
    (_all, name: string, body: string) => {
      contents.set(name, Buffer.from(body.replaceAll(/0x|[,\s]/g, ""), "hex"));
      return "";
    },
  );
  const segments: Piece[] = [];
  c = c.replace(
    / *LOAD_DATA\(the_instance\.w2c_memory, (\d+)u, (\w+), (\d+)\);\n/g,
    (_all, at: string, name: string, length: string) => {
      const bytes = contents.get(name);
      if (bytes?.length !== Number(length)) throw new Error(`data segment ${name} is not what it says`);
      segments.push({ at: Number(at), bytes });
      return "";
    },
  );
  if (segments.length !== contents.size)
    throw new Error(`${contents.size} data segments, but ${segments.length} are loaded`);
  const start = "static void init_memories(w2c_module* instance) {\n";
  const allocation = /( *wasm_rt_allocate_memory\([^\n]*\n)/;
  if (!c.includes(start) || !allocation.test(c)) throw new Error("wasm2c no longer initialises memory as it did");
  const stream = joinPieces(segments);
  const end = Math.max(...segments.map(({ at, bytes }) => at + bytes.length));
  const load = compressed ? `load_image(image, ${end}, ${stream.length})` : `place_pieces(image, ${stream.length})`;
  return c
    .replace(start, `static const u8 image[] = {${(compressed ? compress(stream) : stream).join(",")}};\n\n${start}`)
    .replace(allocation, `$1  ${load};\n`);
}

/** What wasm2c, itself made by Emscripten, does first with its stack. */
const FIRST_USE_OF_STACK = "var argv=stackAlloc(";

/**
 * Runs wasm2c, with a stack that is large enough: it goes as deep as blocks are nested, asc nests one for each class in the
 * garbage collector's table of classes, and 64 KiB are too few for 220 of them. The new stack begins at the end of a
 * gigabyte that is added to its memory, far above the heap.
 */
function runWasm2c(root: string, wasm: string, c: string): void {
  const program = readFileSync(join(root, "node_modules/wabt/bin/wasm2c"), "latin1");
  const toTheEnd = "wasmMemory.grow(16384);updateMemoryViews();stackAlloc(stackAlloc(0)-HEAPU8.length);";
  const patched = `${c}.wasm2c.cjs`;
  writeFileSync(patched, replaceAll(program, FIRST_USE_OF_STACK, `${toTheEnd}${FIRST_USE_OF_STACK}`), "latin1");
  execFileSync(process.execPath, [patched, wasm, "-n", "module", "-o", c]);
}

/**
 * Translates WebAssembly to one C file for host.c, whose functions and types carry the name `module`. `compressed`: the
 * initial contents of memory are; an executable that will be compressed as a whole is smaller without.
 */
export function translateToC(root: string, wasm: string, c: string, compressed: boolean = true): void {
  runWasm2c(root, wasm, c);
  let text = readFileSync(c, "utf8");
  for (const [from, to] of edits) text = replaceAll(text, from, to);
  const header = '#include "module.h"\n';
  const margin = `_Static_assert(MARGIN_BYTES == ${MARGIN_BYTES}, "offsets were checked against another margin");\n`;
  text = replaceAll(text, header, `${header}${margin}static w2c_module the_instance;\n`);
  writeFileSync(c, replaceData(checkAccesses(text), compressed));
}
