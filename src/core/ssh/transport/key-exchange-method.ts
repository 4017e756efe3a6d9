/**
 * Key exchange methods, each seen as a KEM: the client sends a public key, the server answers with a ciphertext, and both
 * hold K. A Diffie-Hellman exchange is the same under other names: the ciphertext is the server's ephemeral key.
 *
 * - curve25519-sha256: RFC 8731; curve25519-sha256@libssh.org is its older name.
 * - sntrup761x25519-sha512: draft-ietf-sshm-ntruprime-ssh; the @openssh.com name is older.
 * - mlkem768x25519-sha256: draft-ietf-sshm-mlkem-hybrid-kex.
 *
 * TinySSH draws a new ephemeral key until the secret has no leading zero, for the sake of OpenSSH 6.5 and 6.6, which
 * encode such a secret wrongly. That is left out: those exchanges, one in 256, fail with these clients of 2014.
 */
import { equal, wipe } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Writer } from "../../wire/writer.ts";
import { Environment } from "../environment.ts";

/** The server's half of an exchange. */
export class Encapsulation {
  /** Q_S, or S_REPLY of a hybrid. */
  ciphertext: Uint8Array;
  /** K as it enters the exchange hash and the key derivation, its length included. Secret. */
  encodedSecret: Uint8Array;

  constructor(ciphertext: Uint8Array, encodedSecret: Uint8Array) {
    this.ciphertext = ciphertext;
    this.encodedSecret = encodedSecret;
  }
}

export abstract class KeyExchangeMethod {
  /** As in KEXINIT. */
  name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** True for the methods that a quantum computer does not break. */
  abstract postQuantum(): bool;
  /** The hash of the exchange hash and the key derivation. */
  abstract digest(message: Uint8Array): Uint8Array;
  /** Null if the client's key is of the wrong length or invalid: a low-order point, a key that isn't canonical. */
  abstract encapsulate(publicKey: Uint8Array, environment: Environment): Encapsulation | null;
}

const X25519_LENGTH: i32 = 32;
/** Bytes of a KEM's own secret, before it is combined with that of x25519. */
const KEM_SECRET_LENGTH: i32 = 32;

const zero: Uint8Array = new Uint8Array(X25519_LENGTH);
const basePoint: Uint8Array = new Uint8Array(X25519_LENGTH);
basePoint[0] = 9;

function sha256(message: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  kernels().sha256(out, message);
  return out;
}

function sha512(message: Uint8Array): Uint8Array {
  const out = new Uint8Array(64);
  kernels().sha512(out, message);
  return out;
}

/**
 * RFC 7748 section 6.1 with a fresh ephemeral key: `ours` gets its public half, `secret` the shared secret, 32 bytes each.
 * False if the secret is all zero, as it is for a point of low order.
 */
function agreeByX25519(ours: Uint8Array, secret: Uint8Array, theirs: Uint8Array, environment: Environment): bool {
  const ephemeral = new Uint8Array(X25519_LENGTH);
  environment.random(ephemeral);
  kernels().x25519(ours, ephemeral, basePoint);
  kernels().x25519(secret, ephemeral, theirs);
  wipe(ephemeral);
  return !equal(secret, zero);
}

/** K as curve25519-sha256 has it: an mpint. */
export function encodeAsMpint(secret: Uint8Array): Uint8Array {
  const w = new Writer(secret.length + 5);
  w.magnitude(secret);
  return w.written();
}

class Curve25519 extends KeyExchangeMethod {
  postQuantum(): bool {
    return false;
  }

  digest(message: Uint8Array): Uint8Array {
    return sha256(message);
  }

  encapsulate(publicKey: Uint8Array, environment: Environment): Encapsulation | null {
    if (publicKey.length != X25519_LENGTH) return null;
    const ours = new Uint8Array(X25519_LENGTH);
    const secret = new Uint8Array(X25519_LENGTH);
    if (!agreeByX25519(ours, secret, publicKey, environment)) return null;
    const encoded = encodeAsMpint(secret);
    wipe(secret);
    return new Encapsulation(ours, encoded);
  }
}

/**
 * A post-quantum KEM beside x25519: both public keys and both ciphertexts are joined, the KEM's first, and
 * K is a string, the hash of both secrets.
 */
abstract class Hybrid extends KeyExchangeMethod {
  /** Bytes of the KEM's public key, of its ciphertext, and of the randomness that it takes. */
  private publicKeyLength: i32;
  private ciphertextLength: i32;
  private randomLength: i32;

  constructor(name: string, publicKeyLength: i32, ciphertextLength: i32, randomLength: i32) {
    super(name);
    this.publicKeyLength = publicKeyLength;
    this.ciphertextLength = ciphertextLength;
    this.randomLength = randomLength;
  }

  /** `secret` gets KEM_SECRET_LENGTH bytes. False if the key is invalid. */
  protected abstract encapsulateKem(
    ciphertext: Uint8Array,
    secret: Uint8Array,
    publicKey: Uint8Array,
    random: Uint8Array,
  ): bool;

  postQuantum(): bool {
    return true;
  }

  encapsulate(publicKey: Uint8Array, environment: Environment): Encapsulation | null {
    const kemKey = this.publicKeyLength;
    if (publicKey.length != kemKey + X25519_LENGTH) return null;
    const kemCiphertext = this.ciphertextLength;
    const ciphertext = new Uint8Array(kemCiphertext + X25519_LENGTH);
    const secrets = new Uint8Array(KEM_SECRET_LENGTH + X25519_LENGTH);
    const random = new Uint8Array(this.randomLength);
    environment.random(random);
    const agreed =
      this.encapsulateKem(
        ciphertext.subarray(0, kemCiphertext),
        secrets.subarray(0, KEM_SECRET_LENGTH),
        publicKey.subarray(0, kemKey),
        random,
      ) &&
      agreeByX25519(
        ciphertext.subarray(kemCiphertext),
        secrets.subarray(KEM_SECRET_LENGTH),
        publicKey.subarray(kemKey),
        environment,
      );
    wipe(random);
    const combined = this.digest(secrets);
    wipe(secrets);
    const encoded = new Writer(combined.length + 4);
    encoded.string(combined);
    wipe(combined);
    if (agreed) return new Encapsulation(ciphertext, encoded.written());
    encoded.wipe();
    return null;
  }
}

class Sntrup761X25519 extends Hybrid {
  constructor(name: string) {
    super(name, 1158, 1039, 3044); // the randomness is 761 words of 32 bits
  }

  digest(message: Uint8Array): Uint8Array {
    return sha512(message);
  }

  protected encapsulateKem(
    ciphertext: Uint8Array,
    secret: Uint8Array,
    publicKey: Uint8Array,
    random: Uint8Array,
  ): bool {
    kernels().sntrup761Encapsulate(ciphertext, secret, publicKey, random);
    return true;
  }
}

class MlKem768X25519 extends Hybrid {
  constructor(name: string) {
    super(name, 1184, 1088, 32);
  }

  digest(message: Uint8Array): Uint8Array {
    return sha256(message);
  }

  protected encapsulateKem(
    ciphertext: Uint8Array,
    secret: Uint8Array,
    publicKey: Uint8Array,
    random: Uint8Array,
  ): bool {
    return kernels().mlkem768Encapsulate(ciphertext, secret, publicKey, random);
  }
}

/** All methods, in our order of preference. */
const methods: KeyExchangeMethod[] = [
  new MlKem768X25519("mlkem768x25519-sha256"),
  new Sntrup761X25519("sntrup761x25519-sha512"),
  new Sntrup761X25519("sntrup761x25519-sha512@openssh.com"),
  new Curve25519("curve25519-sha256"),
  new Curve25519("curve25519-sha256@libssh.org"),
];

/** The methods that are switched on, in our order of preference. */
export function keyExchangeMethods(stateOfTheArt: bool, postQuantum: bool): KeyExchangeMethod[] {
  const chosen: KeyExchangeMethod[] = [];
  for (let i = 0; i < methods.length; i++) {
    if (methods[i].postQuantum() ? postQuantum : stateOfTheArt) chosen.push(methods[i]);
  }
  return chosen;
}
