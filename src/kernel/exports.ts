/**
 * All kernels as one WebAssembly module, for Node (src/node/kernels.ts) and for the constant-time tests.
 * (The compiler follows a `.ts` path in an import, but not in an `export from`.)
 */
import { aes128CfbDecrypt, aes128CfbEncrypt } from "./aes128.ts";
import { aes256Ctr } from "./aes256.ts";
import { aes256GcmOpen, aes256GcmSeal } from "./aes256-gcm.ts";
import { bcryptPbkdf } from "./bcrypt-pbkdf.ts";
import { chacha20 } from "./chacha20.ts";
import { open, packetLength, seal } from "./chacha20-poly1305.ts";
import { chacha20Simd } from "./chacha20-simd.ts";
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from "./ed25519.ts";
import { hmacSha256, hmacSha512 } from "./hmac.ts";
import { SPONGE, absorb, finish, sha3_256, sha3_512, shake128, shake256, spongeStart, squeeze } from "./keccak.ts";
import { mlkem768Decapsulate, mlkem768Encapsulate, mlkem768Keypair } from "./mlkem768.ts";
import { mldsa44PublicKey, mldsa44SecretKey, mldsa44Sign, mldsa44SignEncoded, mldsa44Verify } from "./mldsa44.ts";
import { p256Ecdh, p256PublicKey, p256Sign, p256Verify } from "./p256.ts";
import { poly1305 } from "./poly1305.ts";
import { rsaOaepSha256 } from "./rsa.ts";
import { sha256 } from "./sha256.ts";
import { sha384 } from "./sha384.ts";
import { SHA512_STATE, sha512, sha512Final, sha512Init, sha512Update } from "./sha512.ts";
import { sntrup761Decapsulate, sntrup761Encapsulate, sntrup761Keypair } from "./sntrup761.ts";
import { x25519 } from "./x25519.ts";

export { chacha20, chacha20Simd };
export { poly1305 };
export { open, packetLength, seal };
export { hmacSha256, hmacSha512 };
export { sha256, sha384 };
export { SHA512_STATE, sha512, sha512Final, sha512Init, sha512Update };
export { SPONGE, absorb, finish, sha3_256, sha3_512, shake128, shake256, spongeStart, squeeze };
export { mlkem768Decapsulate, mlkem768Encapsulate, mlkem768Keypair };
export { mldsa44PublicKey, mldsa44SecretKey, mldsa44Sign, mldsa44SignEncoded, mldsa44Verify };
export { ed25519PublicKey, ed25519Sign, ed25519Verify, x25519 };
export { p256Ecdh, p256PublicKey, p256Sign, p256Verify };
export { rsaOaepSha256 };
export { sntrup761Decapsulate, sntrup761Encapsulate, sntrup761Keypair };
export { aes128CfbDecrypt, aes128CfbEncrypt };
export { aes256Ctr };
export { aes256GcmOpen, aes256GcmSeal };
export { bcryptPbkdf };
