import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { ed25519Key, p256Key } from "../../../../test/support/server-peer.ts";
import { fingerprint } from "./fingerprint.ts";

test("fingerprints are those of ssh-keygen", () => {
  for (const key of [ed25519Key(), p256Key()]) {
    const input = `${key.algorithm} ${key.blob.toString("base64")}\n`;
    const shown = execFileSync("ssh-keygen", ["-lf", "-"], { input, encoding: "utf8" });
    assert.equal(fingerprint(key.blob), shown.split(" ")[1]);
  }
});
