/*
 * Runs all cases and prints a line for each: its name, how many complaints are right (0, or "some"), how many there
 * were.
 */
#include "harness.h"
#include "curves.h"
#include "post-quantum.h"
#include "symmetric.h"

static const struct {
  const char* name;
  void (*run)(void);
  bool control; /* a positive control: it must be complained of, or the method does not work here */
} cases[] = {
    {"X25519: scalar", x25519, false},
    {"Ed25519 public key: seed", ed25519_public_key, false},
    {"Ed25519 signing: seed and message", ed25519_sign, false},
    {"P-256 public key: scalar", p256_public_key, false},
    {"P-256 ECDH: scalar", p256_ecdh, false},
    {"P-256 signing: scalar, hash and random bytes", p256_sign, false},
    {"RSAES-OAEP: message and seed", rsa_oaep, false},
    {"control: Ed25519 verification of a secret signature", control_ed25519_verify, true},
    {"control: a secret left in static memory", control_not_wiped, true},
    {"SHA-2: message", sha2, false},
    {"HMAC: key and message", hmac, false},
    {"ChaCha20: key and data", chacha20, false},
    {"Poly1305: key and message", poly1305, false},
    {"chacha20-poly1305@openssh.com, sealing: key and packet", seal_packet, false},
    {"chacha20-poly1305@openssh.com, length: key", packet_length, false},
    {"AES-128-CFB: key and data", aes128_cfb, false},
    {"AES-256-CTR: key and data", aes256, false},
    {"AES-256-GCM, sealing: key and packet", aes256_gcm, false},
    {"SHA-3 and SHAKE: message", shake, false},
    {"sntrup761 key generation: random bytes", sntrup761_keypair, false},
    {"sntrup761 encapsulation: random bytes", sntrup761_encapsulate, false},
    {"sntrup761 decapsulation: secret key", sntrup761_decapsulate, false},
    {"ML-KEM-768 encapsulation: random bytes", mlkem768_encapsulate, false},
    {"ML-KEM-768 decapsulation: decapsulation key", mlkem768_decapsulate, false},
    {"ML-DSA-44 keys: seed", mldsa44_keys, false},
    {"ML-DSA-44 signing: seed, random bytes and message", mldsa44_sign, false},
    {"control: ML-DSA-44 verification of a secret signature", control_mldsa44_verify, true},
    {"control: ML-KEM-768 key generation from a seed as secret as its rho", control_mlkem768_keypair, true},
};

static u32 static_end;

int main(void) {
  if (!RUNNING_ON_VALGRIND) {
    fputs("run this under valgrind\n", stderr);
    return 100;
  }
  wasm2c_module_instantiate(&kernels, NULL, NULL);
  static_end = (u32)the_instance.w2c_memory.size;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    next_free = static_end;
    fprintf(stderr, "== %s\n", cases[i].name);
    unsigned before = VALGRIND_COUNT_ERRORS;
    cases[i].run();
    printf("%s\t%s\t%u\n", cases[i].name, cases[i].control ? "some" : "0", VALGRIND_COUNT_ERRORS - before);
    fflush(stdout);
    disclose(0, MEMORY_BYTES);
  }
  return 0;
}

/* What the translated module asks of its host, and what src/kernel/disclosure.ts says. */

static void die(const char* why) {
  fprintf(stderr, "%s\n", why);
  abort();
}

u32 w2c_disclosure_markWord(struct w2c_disclosure* tests, u32 value) {
  (void)tests;
  VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
  return value;
}

void w2c_disclosure_markBytes(struct w2c_disclosure* tests, u32 at, u32 length) {
  (void)tests;
  disclose(at, length);
}

u64 w2c_host_multiplyHigh(struct w2c_host* host, u64 a, u64 b) {
  (void)host;
  return (u64)((unsigned __int128)a * b >> 64);
}
