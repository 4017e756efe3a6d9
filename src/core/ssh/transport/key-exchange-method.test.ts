/** Each method's server half, with the client's half over node:crypto and noble (sntrup761: our own decapsulation). */
import { test } from "node:test";
import assert from "node:assert/strict";
import { ephemeral, TestEnvironment } from "../../../../test/support/transport-peer.ts";
import { keyExchangeMethods } from "./key-exchange-method.ts";

const sizes: Record<string, [publicKey: number, ciphertext: number]> = {
  "mlkem768x25519-sha256": [1216, 1120],
  "sntrup761x25519-sha512": [1190, 1071],
  "sntrup761x25519-sha512@openssh.com": [1190, 1071],
  "curve25519-sha256": [32, 32],
  "curve25519-sha256@libssh.org": [32, 32],
};

for (const method of keyExchangeMethods(true, true)) {
  const [publicKeyLength, ciphertextLength] = sizes[method.name]!;

  test(`${method.name}: both sides agree`, () => {
    for (let round = 0; round < 5; round++) {
      const client = ephemeral(method.name);
      assert.equal(client.publicKey.length, publicKeyLength);
      const answer = method.encapsulate(Uint8Array.from(client.publicKey), new TestEnvironment())!;
      assert.equal(answer.ciphertext.length, ciphertextLength);
      assert.deepEqual(Buffer.from(answer.encodedSecret), client.agree(Buffer.from(answer.ciphertext)));
    }
  });

  test(`${method.name}: a public key of another length is refused`, () => {
    for (const length of [0, 31, publicKeyLength - 1, publicKeyLength + 1, 2000])
      assert.equal(method.encapsulate(new Uint8Array(length).fill(9), new TestEnvironment()), null, `${length}`);
  });

  test(`${method.name}: points of low order are refused`, () => {
    const one = Buffer.alloc(32);
    one[0] = 1;
    const order8 = Buffer.from("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "hex");
    const prime = Buffer.from(`ed${"ff".repeat(30)}7f`, "hex");
    for (const point of [Buffer.alloc(32), one, order8, prime]) {
      const key = Uint8Array.from(ephemeral(method.name).publicKey);
      key.set(point, key.length - 32);
      assert.equal(method.encapsulate(key, new TestEnvironment()), null, point.toString("hex"));
    }
  });

  test(`${method.name}: what was drawn at random is wiped`, () => {
    const environment = new TestEnvironment();
    method.encapsulate(Uint8Array.from(ephemeral(method.name).publicKey), environment);
    assert.ok(environment.drawn.length > 0);
    for (const drawn of environment.drawn) assert.ok(drawn.every((byte) => byte === 0));
  });
}

test("mlkem768x25519-sha256: a key that is not canonical is refused", () => {
  const method = keyExchangeMethods(false, true)[0]!;
  const key = Uint8Array.from(ephemeral(method.name).publicKey);
  key.set([255, 255, 255]); // two coefficients of 4095, modulus 3329
  assert.equal(method.encapsulate(key, new TestEnvironment()), null);
});
