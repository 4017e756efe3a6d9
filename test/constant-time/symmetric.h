/*
 * SHA-2, HMAC, the packet cipher and AES. Of a packet the text and its length field are secret, the number of bytes is
 * not.
 */

static void sha2(void) {
  u32 message = bytes(300), out = bytes(64);
  secret(message, 300);
  w2c_module_sha256(&kernels, out, message, 300);
  w2c_module_sha384(&kernels, out, message, 300);
  w2c_module_sha512(&kernels, out, message, 300);
  wiped();
}

static void hmac(void) {
  u32 key = bytes(200), message = bytes(300), out = bytes(64);
  secret(key, 200);
  secret(message, 300);
  w2c_module_hmacSha256(&kernels, out, key, 32, message, 300);
  w2c_module_hmacSha256(&kernels, out, key, 200, message, 300);
  w2c_module_hmacSha512(&kernels, out, key, 64, message, 300);
  wiped();
}

/** Below and above the 256 bytes from which four blocks are done at once. */
static void chacha20(void) {
  u32 data = bytes(1000), key = bytes(32), nonce = bytes(8);
  secret(data, 1000);
  secret(key, 32);
  w2c_module_chacha20(&kernels, data, 1000, key, nonce, 0xfffffffe);
  w2c_module_chacha20Simd(&kernels, data, 1000, key, nonce, 0xfffffffe);
  wiped();
}

static void poly1305(void) {
  u32 message = bytes(100), key = bytes(32), out = bytes(16);
  secret(message, 100);
  secret(key, 32);
  w2c_module_poly1305(&kernels, out, message, 96, key);
  w2c_module_poly1305(&kernels, out, message, 100, key);
  wiped();
}

static void seal_packet(void) {
  u32 packet = bytes(1516), key = bytes(64);
  secret(packet, 1500);
  secret(key, 64);
  w2c_module_seal(&kernels, packet, 60, key, 5);
  w2c_module_seal(&kernels, packet, 1500, key, 5);
  wiped();
}

/**
 * (`open` has no case: that a tag was right may be known, and its next steps follow from that. Until then it does as
 * `seal`.)
 */
static void packet_length(void) {
  u32 packet = bytes(4), key = bytes(64);
  secret(key, 64);
  w2c_module_packetLength(&kernels, packet, key, 5);
  wiped();
}

/** (`aes256GcmOpen` has no case, as `open` has none.) */
static void aes256_gcm(void) {
  u32 packet = bytes(516), key = bytes(32), nonce = bytes(12);
  secret(packet, 500);
  secret(key, 32);
  w2c_module_aes256GcmSeal(&kernels, packet, 52, 4, key, nonce);
  w2c_module_aes256GcmSeal(&kernels, packet, 500, 4, key, nonce);
  disclose(packet, 516); /* it is sent */
  wiped();
}

static void aes128_cfb(void) {
  u32 data = bytes(100), key = bytes(16), iv = bytes(16);
  secret(data, 100);
  secret(key, 16);
  w2c_module_aes128CfbEncrypt(&kernels, data, 100, key, iv);
  wiped();
  w2c_module_aes128CfbDecrypt(&kernels, data, 100, key, iv);
  wiped();
}

static void aes256(void) {
  u32 data = bytes(100), key = bytes(32), counter = bytes(16);
  secret(data, 100);
  secret(key, 32);
  w2c_module_aes256Ctr(&kernels, data, 100, key, counter);
  wiped();
}
