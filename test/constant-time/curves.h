/* X25519, Ed25519, P-256 and RSA. What the kernels leave behind in their own memory is checked as well. */

/** By the ladder, and for the base point by its table. */
static void x25519(void) {
  u32 scalar = bytes(32), point = bytes(32), out = bytes(32);
  secret(scalar, 32);
  w2c_module_x25519(&kernels, out, scalar, point);
  wiped();
  memset(linear_memory + point, 0, 32);
  linear_memory[point] = 9;
  w2c_module_x25519(&kernels, out, scalar, point);
  wiped();
}

static void ed25519_public_key(void) {
  u32 seed = bytes(32), out = bytes(32);
  secret(seed, 32);
  w2c_module_ed25519PublicKey(&kernels, out, seed);
  wiped();
}

/** The message as well: its length alone may matter. */
static void ed25519_sign(void) {
  u32 secret_key = bytes(64), message = bytes(300), out = bytes(64);
  secret(secret_key, 32);
  secret(message, 300);
  w2c_module_ed25519Sign(&kernels, out, message, 300, secret_key);
  wiped();
}

static void p256_public_key(void) {
  u32 scalar = bytes(32), out = bytes(65);
  secret(scalar, 32);
  w2c_module_p256PublicKey(&kernels, out, scalar);
  wiped();
}

static void p256_ecdh(void) {
  u32 other = bytes(32), public_key = bytes(65), scalar = bytes(32), out = bytes(32);
  w2c_module_p256PublicKey(&kernels, public_key, other);
  secret(scalar, 32);
  w2c_module_p256Ecdh(&kernels, out, scalar, public_key);
  wiped();
}

/** The hash and the bytes that hedge as well. */
static void p256_sign(void) {
  u32 hash = bytes(32), scalar = bytes(32), extra = bytes(32), signature = bytes(64);
  secret(hash, 32);
  secret(scalar, 32);
  secret(extra, 32);
  w2c_module_p256Sign(&kernels, signature, hash, scalar, extra, 32);
  wiped();
}

/** The modulus and the label are known to all. */
static void rsa_oaep(void) {
  u32 modulus = bytes(256), message = bytes(32), seed = bytes(32), label = bytes(10), out = bytes(256);
  linear_memory[modulus] |= 0x80;
  linear_memory[modulus + 255] |= 1;
  secret(message, 32);
  secret(seed, 32);
  if (!w2c_module_rsaOaepSha256(&kernels, out, modulus, 256, 65537, message, 32, label, 10, seed)) abort();
  wiped();
}

/** Verification is of public values and takes its time from them: this must be noticed. */
static void control_ed25519_verify(void) {
  u32 seed = bytes(64), message = bytes(10), signature = bytes(64);
  w2c_module_ed25519PublicKey(&kernels, seed + 32, seed);
  w2c_module_ed25519Sign(&kernels, signature, message, 10, seed);
  secret(signature + 32, 32);
  w2c_module_ed25519Verify(&kernels, signature, message, 10, seed + 32);
}

/** A secret that stays behind must be noticed, too. */
static void control_not_wiped(void) {
  secret((u32)the_instance.w2c_memory.size - 1, 1);
  wiped();
}
