import { test } from "node:test";
import assert from "node:assert/strict";
import { WasmKernels } from "./kernels.ts";

const kernels = new WasmKernels();

/** Each kernel with operands of fixed length, and those lengths. */
const calls: [name: string, lengths: number[], call: (...operands: Uint8Array[]) => unknown][] = [
  ["sha256", [32], (out) => kernels.sha256(out!, Buffer.from("message"))],
  ["sha384", [48], (out) => kernels.sha384(out!, Buffer.from("message"))],
  ["sha512", [64], (out) => kernels.sha512(out!, Buffer.from("message"))],
  ["seal", [64], (key) => kernels.seal(new Uint8Array(100), 0, 84, key!, 0)],
  ["open", [64], (key) => kernels.open(new Uint8Array(100), 0, 84, key!, 0)],
  ["packetLength", [64], (key) => kernels.packetLength(new Uint8Array(4), 0, key!, 0)],
  ["x25519", [32, 32, 32], (...all) => kernels.x25519(all[0]!, all[1]!, all[2]!)],
  ["ed25519PublicKey", [32, 32], (...all) => kernels.ed25519PublicKey(all[0]!, all[1]!)],
  ["ed25519Sign", [64, 64], (...all) => kernels.ed25519Sign(all[0]!, Buffer.from("message"), all[1]!)],
  ["ed25519Verify", [64, 32], (...all) => kernels.ed25519Verify(all[0]!, Buffer.from("message"), all[1]!)],
  ["p256Verify", [64, 32, 65], (...all) => kernels.p256Verify(all[0]!, all[1]!, all[2]!)],
  ["p256PublicKey", [65, 32], (...all) => kernels.p256PublicKey(all[0]!, all[1]!)],
  ["p256Sign", [64, 32, 32, 32], (...all) => kernels.p256Sign(all[0]!, all[1]!, all[2]!, all[3]!)],
  ["p256SharedSecret", [32, 32, 65], (...all) => kernels.p256SharedSecret(all[0]!, all[1]!, all[2]!)],
  [
    "rsaOaepSha256",
    [256, 32],
    (...all) => kernels.rsaOaepSha256(all[0]!, new Uint8Array(256), 3, Buffer.of(), Buffer.of(), all[1]!),
  ],
  [
    "sntrup761Encapsulate",
    [1039, 32, 1158, 3044],
    (...all) => kernels.sntrup761Encapsulate(all[0]!, all[1]!, all[2]!, all[3]!),
  ],
  [
    "mlkem768Encapsulate",
    [1088, 32, 1184, 32],
    (...all) => kernels.mlkem768Encapsulate(all[0]!, all[1]!, all[2]!, all[3]!),
  ],
  ["mldsa44PublicKey", [1312, 32], (...all) => kernels.mldsa44PublicKey(all[0]!, all[1]!)],
  [
    "mldsa44Sign",
    [2420, 32, 32],
    (...all) => kernels.mldsa44Sign(all[0]!, Buffer.from("message"), Buffer.of(), all[1]!, all[2]!),
  ],
  [
    "mldsa44Verify",
    [2420, 1312],
    (...all) => kernels.mldsa44Verify(all[0]!, Buffer.from("message"), Buffer.of(), all[1]!),
  ],
  ["aes256GcmSeal", [32, 12], (...all) => kernels.aes256GcmSeal(new Uint8Array(100), 0, 84, 4, all[0]!, all[1]!)],
  ["aes256GcmOpen", [32, 12], (...all) => kernels.aes256GcmOpen(new Uint8Array(100), 0, 84, 4, all[0]!, all[1]!)],
  ["aes128CfbEncrypt", [16, 16], (...all) => kernels.aes128CfbEncrypt(new Uint8Array(5), all[0]!, all[1]!)],
  ["aes128CfbDecrypt", [16, 16], (...all) => kernels.aes128CfbDecrypt(new Uint8Array(5), all[0]!, all[1]!)],
  ["aes256Ctr", [32, 16], (...all) => kernels.aes256Ctr(new Uint8Array(5), all[0]!, all[1]!)],
];

test("an operand that is a byte too long or too short is refused, as natively", () => {
  for (const [name, lengths, call] of calls) {
    const right = lengths.map((length) => new Uint8Array(length));
    call(...right);
    for (const [i, length] of lengths.entries())
      for (const wrong of [length - 1, length + 1])
        assert.throws(() => call(...right.with(i, new Uint8Array(wrong))), RangeError, `${name}, operand ${i}`);
  }
});
