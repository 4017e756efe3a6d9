/*
 * The whole native host: process start, linear memory, traps, and one raw Linux system call.
 *
 * It is compiled as one unit with the module that wasm2c made of the TypeScript (MODULE_C), without any libc.
 * The module's only ways out are the few imports below; linear memory is a static array, and behind it lies nothing, as far
 * as the module can reach.
 */
#include "wasm-rt.h"

#define EXIT_FAULT 111

/* gcc expects these four even of freestanding programs. */
void* memset(void* to, int value, size_t n) {
  uint8_t* t = to;
#ifdef __x86_64__
  __asm__ volatile("rep stosb" : "+D"(t), "+c"(n) : "a"(value) : "memory");
#else
  while (n--) *t++ = (uint8_t)value;
#endif
  return to;
}

typedef struct { uint64_t a, b; } __attribute__((packed, may_alias)) sixteen_bytes;

/* Upwards, which memmove relies on: hence no `restrict`. */
void* memcpy(void* to, const void* from, size_t n) {
  uint8_t* t = to;
  const uint8_t* f = from;
#ifdef __x86_64__
  if (n >= 256) {
    __asm__ volatile("rep movsb" : "+D"(t), "+S"(f), "+c"(n) : : "memory");
    return to;
  }
#endif
  for (; n >= 16; n -= 16, t += 16, f += 16) *(sixteen_bytes*)t = *(const sixteen_bytes*)f;
  while (n--) *t++ = *f++;
  return to;
}

void* memmove(void* to, const void* from, size_t n) {
  uint8_t* t = to;
  const uint8_t* f = from;
  if (t <= f || t >= f + n) return memcpy(to, from, n);
  while (n >= 16) {
    n -= 16;
    sixteen_bytes chunk = *(const sixteen_bytes*)(f + n);
    *(sixteen_bytes*)(t + n) = chunk;
  }
  while (n--) t[n] = f[n];
  return to;
}

int memcmp(const void* a, const void* b, size_t n) {
  const uint8_t *x = a, *y = b;
  for (; n; n--, x++, y++)
    if (*x != *y) return *x - *y;
  return 0;
}

static int64_t system_call(int64_t n, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) {
#ifdef __x86_64__
  int64_t result;
  register int64_t r10 __asm__("r10") = d;
  register int64_t r8 __asm__("r8") = e;
  register int64_t r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
#else
  register int64_t x8 __asm__("x8") = n;
  register int64_t x0 __asm__("x0") = a;
  register int64_t x1 __asm__("x1") = b;
  register int64_t x2 __asm__("x2") = c;
  register int64_t x3 __asm__("x3") = d;
  register int64_t x4 __asm__("x4") = e;
  register int64_t x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#endif
}

#ifdef __x86_64__
#define SYS_WRITE 1
#define SYS_MMAP 9
#define SYS_RT_SIGACTION 13
#define SYS_ARCH_PRCTL 158
#define SYS_EXIT_GROUP 231
#else
#define SYS_WRITE 64
#define SYS_EXIT_GROUP 94
#define SYS_RT_SIGACTION 134
#define SYS_MMAP 222
#endif

#define ARCH_SET_GS 0x1001
#define SIGSEGV 11
#define SA_RESTORER 0x04000000
#define MAP_PRIVATE 0x2
#define MAP_ANONYMOUS 0x20
#define MAP_NORESERVE 0x4000
#define MAP_FIXED_NOREPLACE 0x100000

WASM_RT_NO_RETURN static void stop(int status) {
  for (;;) system_call(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

static void say(const char* text) {
  size_t n = 0;
  while (text[n]) n++;
  system_call(SYS_WRITE, 2, (int64_t)text, (int64_t)n, 0, 0, 0);
}

WASM_RT_NO_RETURN static void die(const char* why) {
  say("postern: internal error: ");
  say(why);
  say("\n");
  stop(EXIT_FAULT);
}

#include "memory.h"
#include MODULE_C

/** The kernel's struct sigaction, of both architectures. */
struct signal_action { void (*handler)(void); uint64_t flags; void (*restorer)(void); uint64_t mask; };

/**
 * Lets nothing be where the module can reach behind its memory, for the life of the process: what is mapped there, without
 * any access and without memory, keeps everything else away. Whoever gets there is told as of any broken invariant.
 */
static void guard_memory(void) {
  int64_t behind = (int64_t)(linear_memory + MEMORY_BYTES);
  int64_t length = REACH_BYTES - MEMORY_BYTES;
  int64_t how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  if (system_call(SYS_MMAP, behind, length, 0, how, -1, 0) != behind) die("no address space behind the memory");
  struct signal_action action = {TRAP_OOB, SA_RESTORER, TRAP_OOB, 0}; /* neither of the two returns */
  system_call(SYS_RT_SIGACTION, SIGSEGV, (int64_t)&action, 0, sizeof action.mask, 0, 0);
#ifdef MEMORY_IN_SEGMENT
  if (system_call(SYS_ARCH_PRCTL, ARCH_SET_GS, (int64_t)linear_memory, 0, 0, 0, 0) < 0) die("no segment for the memory");
#endif
}

/** argv, its NULL, envp, its NULL: as the kernel laid them out. */
static char** process_strings;
static uint32_t argument_count;

/** A raw system call; the negative errno on failure. */
u64 w2c_host_sys(struct w2c_host* host, u32 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  (void)host;
  return (u64)system_call(number, (int64_t)a, (int64_t)b, (int64_t)c, (int64_t)d, (int64_t)e, (int64_t)f);
}

/** The upper half of the product, for which WebAssembly has no instruction. */
u64 w2c_host_multiplyHigh(struct w2c_host* host, u64 a, u64 b) {
  (void)host;
  return (u64)((unsigned __int128)a * b >> 64);
}

/** Where linear memory starts, for the addresses that system calls take. */
u64 w2c_host_base(struct w2c_host* host) {
  (void)host;
  return (u64)(uintptr_t)linear_memory;
}

/**
 * Copies up to `capacity` bytes of the command line's argument `index`, or of environment string `index` if
 * `environment` is set, and returns its whole length; -1 if there is none.
 */
u32 w2c_host_processString(struct w2c_host* host, u32 environment, u32 index, u32 to, u32 capacity) {
  (void)host;
  if (!environment && index >= argument_count) return (u32)-1;
  char** list = process_strings + (environment ? argument_count + 1 : 0);
  for (u32 i = 0; i < index; i++)
    if (!list[i]) return (u32)-1;
  const char* text = list[index];
  if (!text) return (u32)-1;
  u32 length = 0;
  while (text[length]) length++;
  u32 n = length < capacity ? length : capacity;
  if (to > MEMORY_BYTES || n > MEMORY_BYTES - to) TRAP_OOB();
  memcpy(linear_memory + to, text, n);
  return length;
}

/** A broken invariant: says where. `file` is an AssemblyScript string: UTF-16 behind its length in bytes. */
void w2c_host_abort(struct w2c_host* host, u32 message, u32 file, u32 line, u32 column) {
  (void)host, (void)message, (void)column;
  char where[80];
  size_t n = 0;
  u32 bytes = 0;
  if (file >= 4 && file < MEMORY_BYTES - 256) memcpy(&bytes, linear_memory + file - 4, 4);
  for (u32 i = 0; i < bytes && n < 64; i += 2) where[n++] = (char)linear_memory[file + i];
  where[n++] = ':';
  u32 scale = 1;
  while (line / scale >= 10) scale *= 10;
  for (; scale; scale /= 10) where[n++] = (char)('0' + line / scale % 10);
  where[n] = 0;
  die(where);
}

#ifdef __x86_64__
/** The SIMD kernels shuffle bytes with SSSE3, which every x86-64 processor since 2006 (Intel) and 2011 (AMD) has. */
static void check_processor(void) {
  uint32_t a = 1, b, c = 0, d;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (!(c & (1u << 9))) die("this processor has no SSSE3");
}
#else
static void check_processor(void) {}
#endif

__attribute__((used)) WASM_RT_NO_RETURN void run(uintptr_t* stack) {
  argument_count = (uint32_t)stack[0];
  process_strings = (char**)(stack + 1);
  check_processor();
  guard_memory();
  wasm2c_module_instantiate(&the_instance, NULL);
  w2c_module_start(&the_instance);
  int32_t status;
  do status = (int32_t)w2c_module_step(&the_instance); /* the garbage collector runs between steps: no frame holds a reference then */
  while (status < 0);
  stop(status);
}

#ifdef __x86_64__
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
#else
__asm__(".globl _start\n_start: mov x29, #0\n mov x30, #0\n mov x0, sp\n bl run\n");
#endif
