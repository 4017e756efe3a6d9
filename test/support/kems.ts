/** The post-quantum KEMs in WebAssembly, over byte arrays, with the halves that the server has no use for. */
import { loadKernels } from "../../src/node/kernels.ts";

const k = loadKernels();

export interface KeyPair {
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

export interface Encapsulation {
  ciphertext: Uint8Array;
  secret: Uint8Array;
}

/** ML-KEM-768. `null` is a refusal. */
export const mlkem768 = {
  /** `seed`: d, then z. */
  keypair(seed: Uint8Array): KeyPair {
    const publicKey = k.reserve(1184);
    const secretKey = k.reserve(2400);
    k.exports.mlkem768Keypair(publicKey, secretKey, k.place(seed));
    const keys = { publicKey: k.read(publicKey, 1184), secretKey: k.read(secretKey, 2400) };
    k.release();
    return keys;
  },

  encapsulate(publicKey: Uint8Array, random: Uint8Array): Encapsulation | null {
    const ciphertext = k.reserve(1088);
    const secret = k.reserve(32);
    const good = k.exports.mlkem768Encapsulate(ciphertext, secret, k.place(publicKey), k.place(random)) !== 0;
    const sent = { ciphertext: k.read(ciphertext, 1088), secret: k.read(secret, 32) };
    k.release();
    return good ? sent : null;
  },

  decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array | null {
    const out = k.reserve(32);
    const good = k.exports.mlkem768Decapsulate(out, k.place(ciphertext), k.place(secretKey)) !== 0;
    const secret = k.read(out, 32);
    k.release();
    return good ? secret : null;
  },
};

/** Streamlined NTRU Prime 761. */
export const sntrup761 = {
  /** `random`: 761 words for g, 761 for f, 191 bytes for rho. `null` if g has no inverse: new randomness is needed. */
  keypair(random: Uint8Array): KeyPair | null {
    const publicKey = k.reserve(1158);
    const secretKey = k.reserve(1763);
    const good = k.exports.sntrup761Keypair(publicKey, secretKey, k.place(random)) !== 0;
    const keys = { publicKey: k.read(publicKey, 1158), secretKey: k.read(secretKey, 1763) };
    k.release();
    return good ? keys : null;
  },

  encapsulate(publicKey: Uint8Array, random: Uint8Array): Encapsulation {
    const ciphertext = k.reserve(1039);
    const secret = k.reserve(32);
    k.exports.sntrup761Encapsulate(ciphertext, secret, k.place(publicKey), k.place(random));
    const sent = { ciphertext: k.read(ciphertext, 1039), secret: k.read(secret, 32) };
    k.release();
    return sent;
  },

  decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array {
    const out = k.reserve(32);
    k.exports.sntrup761Decapsulate(out, k.place(ciphertext), k.place(secretKey));
    const secret = k.read(out, 32);
    k.release();
    return secret;
  },
};
