/**
 * Key exchange methods from the client's side: curve25519-sha256 (RFC 8731) over node:crypto, and
 * mlkem768x25519-sha256 (draft-ietf-sshm-mlkem-hybrid-kex) with noble's ML-KEM. sntrup761 is OpenSSH's to test.
 */
import { createHash, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { encode } from "./wire.ts";
import { unsigned } from "../keys.ts";

/** A key pair for one key exchange. */
export interface Ephemeral {
  /** What goes to the server in KEX_ECDH_INIT. */
  publicKey: Buffer;
  /** The shared secret as it enters the exchange hash, encoded, from the server's answer. */
  agree(answer: Buffer): Buffer;
}

export type KeyExchangeName = "curve25519-sha256" | "mlkem768x25519-sha256";

const PKCS8_X25519 = Buffer.from("302e020100300506032b656e04220420", "hex");

interface X25519 {
  publicKey: Buffer;
  agree(theirs: Buffer): Buffer;
}

const raw = (publicKey: KeyObject): Buffer => Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url");

function x25519(scalar: Uint8Array): X25519 {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, scalar]), format: "der", type: "pkcs8" });
  return {
    publicKey: raw(createPublicKey(key)),
    agree(theirs) {
      const jwk = { kty: "OKP", crv: "X25519", x: theirs.toString("base64url") };
      return diffieHellman({ privateKey: key, publicKey: createPublicKey({ format: "jwk", key: jwk }) });
    },
  };
}

/** Makes a key pair out of `random`, a source of random bytes. */
export const keyExchanges: Record<KeyExchangeName, (random: (count: number) => Buffer) => Ephemeral> = {
  "curve25519-sha256"(random) {
    const pair = x25519(random(32));
    return { publicKey: pair.publicKey, agree: (answer) => encode(unsigned(pair.agree(answer))) };
  },
  "mlkem768x25519-sha256"(random) {
    const kem = ml_kem768.keygen(Uint8Array.from(random(64)));
    const pair = x25519(random(32));
    return {
      publicKey: Buffer.concat([kem.publicKey, pair.publicKey]),
      agree(answer) {
        const ciphertext = Uint8Array.from(answer.subarray(0, 1088));
        const secret = ml_kem768.decapsulate(ciphertext, kem.secretKey);
        const both = createHash("sha256")
          .update(secret)
          .update(pair.agree(answer.subarray(1088)));
        return encode(both.digest());
      },
    };
  },
};
