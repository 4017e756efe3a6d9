/* Keccak, sntrup761, ML-KEM-768 and ML-DSA-44. Sizes are those that the kernels' files name. */

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

/**
 * Public, as FIPS 204 has it or by its design, and marked where it comes about (src/kernel, `disclose` and `disclosed`):
 * rho, from which the matrix is sampled, which is the public key's first part; which half-bytes the sampling of secret
 * vectors passes over; each try's challenge, and which of the checks it fails; the hints of the signature that comes out.
 */
static void mldsa44_keys(void) {
  u32 seed = bytes(32), public_key = bytes(1312), secret_key = bytes(2560);
  secret(seed, 32);
  w2c_module_mldsa44PublicKey(&kernels, public_key, seed);
  wiped();
  w2c_module_mldsa44SecretKey(&kernels, secret_key, seed);
  wiped();
}

/** Ten signatures: some forty tries, which fail each of the checks. The message's length alone may matter. */
static void mldsa44_sign(void) {
  u32 seed = bytes(32), random = bytes(32), message = bytes(300), context = bytes(20), signature = bytes(2420);
  for (u8 i = 0; i < 10; i++) {
    linear_memory[random] = i;
    secret(seed, 32);
    secret(random, 32);
    secret(message, 300);
    w2c_module_mldsa44Sign(&kernels, signature, message, 300, context, 20, seed, random);
    wiped();
  }
}

/** Verification is of public values and takes its time from them: this must be noticed. */
static void control_mldsa44_verify(void) {
  u32 seed = bytes(32), public_key = bytes(1312), message = bytes(10), random = bytes(32), signature = bytes(2420);
  w2c_module_mldsa44PublicKey(&kernels, public_key, seed);
  w2c_module_mldsa44Sign(&kernels, signature, message, 10, message, 0, seed, random);
  secret(signature, 32);
  w2c_module_mldsa44Verify(&kernels, signature, message, 10, message, 0, public_key);
}
