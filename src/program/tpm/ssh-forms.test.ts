import { test } from "node:test";
import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { PlainPublicKey } from "../../core/ssh/key/plain-key.ts";
import { ALG_KEYEDHASH, ALG_RSA, CURVE_P256 } from "../../core/tpm/constants.ts";
import { PublicArea } from "../../core/tpm/public-area.ts";
import { TpmKeyFile } from "../../core/tpm/key-file.ts";
import { areaOf, sshKeyOf } from "./ssh-forms.ts";

/** What ssh-tpm-agent made, and the lines that it printed. */
const FILE = `-----BEGIN TSS2 PRIVATE KEY-----
MIIBAAYGZ4EFCgEDoAMBAf+kDgwMYy10ZWNkc2FiMjU2AgRAAAABBFgAVgAjAAsA
BgByAAAAEAAQAAMAEAAg5FbELRJ+R2JoRC9uqtFx0KOUC+tQ7DgKzLJbNF245e0A
IJqT140fQNjbvtCEtT+tzbtWQ1zOua1fU5Sd6Q8N2ovMBIGAAH4AIH8fqvQuUHv3
+efMOvD93GBKTF8VJLuq1YYjIVPk3/oBABDO/Qgkbv8VLkALVqfALHzIegOvD8Zg
oARuI+F4EKLEFb+VRzqWOUIXts3bdGPRlqOgd0OiZdZ89gXPie35lQhYil/H9gDI
otVPug0PlFbI4G6NrvbvpazK/ZY=
-----END TSS2 PRIVATE KEY-----
`;
const LINE =
  "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBORWxC0SfkdiaEQvbqrRcdCjlAvrUOw4CsyyWzRduOXtmpPXjR9A2Nu+0IS1P63Nu1ZDXM65rV9TlJ3pDw3ai8w=";

test("a TPM key's line for authorized_keys is that of ssh-tpm-agent", () => {
  const area = PublicArea.decode(TpmKeyFile.parse(Buffer.from(FILE)).publicArea);
  assert.equal(sshKeyOf(area!)?.line(), LINE);
});

test("keys go into areas and come back the same", () => {
  const numbers = (jwk: JsonWebKey, name: "n" | "x" | "y"): Buffer => Buffer.from(jwk[name]!, "base64url");
  const keys = [["P-256", 256] as const, ["P-384", 384] as const, ["P-521", 521] as const].map(([curve, bits]) => {
    const jwk = generateKeyPairSync("ec", { namedCurve: curve }).publicKey.export({ format: "jwk" });
    return PlainPublicKey.ecdsa(bits, numbers(jwk, "x"), numbers(jwk, "y"));
  });
  for (const exponent of [65537, 3]) {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: exponent });
    const jwk = createPrivateKey(privateKey.export({ format: "pem", type: "pkcs1" })).export({ format: "jwk" });
    keys.push(PlainPublicKey.rsa(numbers(jwk, "n"), exponent));
  }
  for (const key of keys) {
    const area = PublicArea.decode(areaOf(key).encoded());
    assert.equal(sshKeyOf(area!)?.line(), key.line());
    assert.equal(area!.attributes, 0x00060040);
  }
});

test("what SSH has no form for is no key", () => {
  const area = new PublicArea();
  area.type = ALG_KEYEDHASH;
  assert.equal(sshKeyOf(area), null);
  const odd = new PublicArea();
  odd.curve = 0x20; // SM2
  assert.equal(sshKeyOf(odd), null);
  odd.curve = CURVE_P256;
  odd.x = Buffer.alloc(33, 1);
  assert.equal(sshKeyOf(odd), null);
});

test("an RSA key that is too small to be one is no key", () => {
  const area = new PublicArea();
  area.type = ALG_RSA;
  for (const [bytes, isKey] of [
    [0, false],
    [1, false],
    [127, false],
    [128, true],
  ] as const) {
    area.unique = Buffer.alloc(bytes, 0xc5);
    assert.equal(sshKeyOf(area) !== null, isKey, `${bytes}`);
  }
});
