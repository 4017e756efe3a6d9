/**
 * The binary packet protocol (RFC 4253 section 6) for the test client: unprotected, chacha20-poly1305@openssh.com over
 * noble's ciphers, and aes256-gcm@openssh.com over node:crypto. Everything that a well-behaved client does by itself can be asked for wrongly.
 */
import { chacha20orig } from "@noble/ciphers/chacha.js";
import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { createCipheriv, createDecipheriv, timingSafeEqual } from "node:crypto";

/** How one direction protects its packets. */
export interface Protection {
  /** Bytes behind the packet. */
  tag: number;
  /** What packets are padded to a multiple of; 8 if it isn't said. */
  block?: number;
  /** True if the 4 bytes of length count for the padding. */
  lengthIsPadded: boolean;
  seal(packet: Buffer, sequence: number): Buffer;
  /** The packet's length field, from its first 4 bytes. */
  length(head: Buffer, sequence: number): number;
  /** The packet without its tag; null if that is wrong. */
  open(sealed: Buffer, sequence: number): Buffer | null;
}

export const plain: Protection = {
  tag: 0,
  lengthIsPadded: true,
  seal: (packet) => packet,
  length: (head) => head.readUInt32BE(),
  open: (sealed) => sealed,
};

/** The packet's number as the cipher takes it. */
function nonce(sequence: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(4, sequence);
  return bytes;
}

/** `key`: 64 bytes, for content and for lengths (OpenSSH's PROTOCOL.chacha20poly1305). */
export function chacha20Poly1305(key: Uint8Array): Protection {
  const content = Uint8Array.from(key.subarray(0, 32));
  const header = Uint8Array.from(key.subarray(32, 64));
  const crypt = (packet: Uint8Array, sequence: number): Buffer =>
    Buffer.concat([
      chacha20orig(header, nonce(sequence), Uint8Array.from(packet.subarray(0, 4))),
      chacha20orig(content, nonce(sequence), Uint8Array.from(packet.subarray(4)), undefined, 1),
    ]);
  const mac = (sealed: Uint8Array, sequence: number): Uint8Array =>
    poly1305(Uint8Array.from(sealed), chacha20orig(content, nonce(sequence), new Uint8Array(32)));
  return {
    tag: 16,
    lengthIsPadded: false,
    seal(packet, sequence) {
      const sealed = crypt(packet, sequence);
      return Buffer.concat([sealed, mac(sealed, sequence)]);
    },
    length: (head, sequence) =>
      Buffer.from(chacha20orig(header, nonce(sequence), Uint8Array.from(head))).readUInt32BE(),
    open(sealed, sequence) {
      const body = sealed.subarray(0, -16);
      if (!timingSafeEqual(mac(body, sequence), sealed.subarray(-16))) return null;
      return crypt(body, sequence);
    },
  };
}

/** RFC 5647: `key` 32 bytes, `iv` 12. It counts the packets by itself, so that each is to be sealed or opened once. */
export function aes256Gcm(key: Uint8Array, iv: Uint8Array): Protection {
  const nonce = Buffer.from(iv);
  const count = (): void => void nonce.writeBigUInt64BE(BigInt.asUintN(64, nonce.readBigUInt64BE(4) + 1n), 4);
  return {
    tag: 16,
    block: 16,
    lengthIsPadded: false,
    seal(packet) {
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(packet.subarray(0, 4));
      const body = Buffer.concat([cipher.update(packet.subarray(4)), cipher.final()]);
      count();
      return Buffer.concat([packet.subarray(0, 4), body, cipher.getAuthTag()]);
    },
    length: (head) => head.readUInt32BE(),
    open(sealed) {
      const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(sealed.subarray(0, 4));
      decipher.setAuthTag(sealed.subarray(-16));
      const body = decipher.update(sealed.subarray(4, -16));
      count();
      try {
        decipher.final();
      } catch {
        return null;
      }
      return Buffer.concat([sealed.subarray(0, 4), body]);
    },
  };
}

/** Ways to get a packet wrong. */
export interface Flaws {
  /** The packet_length field, where it shall not be the true one. */
  length?: number;
  /** The padding_length field, where it shall not be the true one. */
  paddingField?: number;
  /** Bytes of padding, where they shall not be the fewest allowed. */
  padding?: number;
  /** The sequence number to protect the packet with, where it shall not be the next. */
  sequence?: number;
}

/** The packet around `payload`, before protection. */
export function frame(payload: Uint8Array, protection: Protection, flaws: Flaws = {}): Buffer {
  const head = protection.lengthIsPadded ? 5 : 1;
  const block = protection.block ?? 8;
  const least = 4 + ((block - ((head + payload.length + 4) % block)) % block);
  const padding = Buffer.alloc(flaws.padding ?? least);
  const start = Buffer.alloc(5);
  start.writeUInt32BE(flaws.length ?? 1 + payload.length + padding.length);
  start[4] = flaws.paddingField ?? padding.length;
  return Buffer.concat([start, payload, padding]);
}
