/* Keccak, sntrup761 and ML-KEM-768. Sizes are those that the kernels' files name. */

static void shake(void) {
  u32 message = bytes(500), out = bytes(500);
  secret(message, 500);
  w2c_module_shake128(&kernels, out, 500, message, 500);
  w2c_module_shake256(&kernels, out, 500, message, 500);
  w2c_module_sha3_256(&kernels, out, message, 500);
  w2c_module_sha3_512(&kernels, out, message, 500);
}

static void sntrup761_keypair(void) {
  u32 public_key = bytes(1158), secret_key = bytes(1763), random = bytes(6279);
  secret(random, 6279);
  w2c_module_sntrup761Keypair(&kernels, public_key, secret_key, random);
}

static void sntrup761_encapsulate(void) {
  u32 public_key = bytes(1158), random = bytes(3044), ciphertext = bytes(1039), shared = bytes(32);
  secret(random, 3044);
  w2c_module_sntrup761Encapsulate(&kernels, ciphertext, shared, public_key, random);
}

/** Once for a ciphertext that is accepted, once for one that isn't. */
static void sntrup761_decapsulate(void) {
  u32 public_key = bytes(1158), secret_key = bytes(1763), random = bytes(6279);
  u32 ciphertext = bytes(1039), shared = bytes(32);
  w2c_module_sntrup761Keypair(&kernels, public_key, secret_key, random);
  w2c_module_sntrup761Encapsulate(&kernels, ciphertext, shared, public_key, random);
  secret(secret_key, 382);        /* f, 1/g */
  secret(secret_key + 1540, 191); /* rho; the public key and its hash stay public */
  w2c_module_sntrup761Decapsulate(&kernels, shared, ciphertext, secret_key);
  linear_memory[ciphertext] ^= 1;
  w2c_module_sntrup761Decapsulate(&kernels, shared, ciphertext, secret_key);
}

static void mlkem768_encapsulate(void) {
  u32 ek = bytes(1184), dk = bytes(2400), seed = bytes(64);
  u32 random = bytes(32), ciphertext = bytes(1088), shared = bytes(32);
  w2c_module_mlkem768Keypair(&kernels, ek, dk, seed);
  secret(random, 32);
  w2c_module_mlkem768Encapsulate(&kernels, ciphertext, shared, ek, random);
}

/** Once for a ciphertext that is accepted, once for one that isn't. */
static void mlkem768_decapsulate(void) {
  u32 ek = bytes(1184), dk = bytes(2400), seed = bytes(64);
  u32 random = bytes(32), ciphertext = bytes(1088), shared = bytes(32);
  w2c_module_mlkem768Keypair(&kernels, ek, dk, seed);
  w2c_module_mlkem768Encapsulate(&kernels, ciphertext, shared, ek, random);
  secret(dk, 1152);      /* s */
  secret(dk + 2368, 32); /* z; the encapsulation key, with rho, and its hash stay public */
  w2c_module_mlkem768Decapsulate(&kernels, shared, ciphertext, dk);
  linear_memory[ciphertext] ^= 1;
  w2c_module_mlkem768Decapsulate(&kernels, shared, ciphertext, dk);
}

/** The matrix is sampled by rejection from rho, which key generation derives from its seed: this must be noticed. */
static void control_mlkem768_keypair(void) {
  u32 ek = bytes(1184), dk = bytes(2400), seed = bytes(64);
  secret(seed, 64);
  w2c_module_mlkem768Keypair(&kernels, ek, dk, seed);
}
