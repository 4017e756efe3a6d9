/** Who may import whom: the direction of docs/decisions/0004-layers.md, read off the sources' imports. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { root } from "../../src/native/build.ts";

/** Folders below src, the deeper ones first, and what each may import besides itself. */
const layers: [layer: string, imports: string[]][] = [
  ["core/bytes", []],
  ["core/wire", ["core/bytes"]],
  ["core/crypto", []],
  ["core/pem", ["core/bytes"]],
  ["core/der", ["core/bytes", "core/wire"]],
  ["core/unlock", ["core/bytes", "core/wire", "core/crypto", "core/json"]],
  ["core/json", ["core/bytes"]],
  ["core/initramfs", ["core/bytes", "core/wire"]],
  ["core/tpm", ["core/bytes", "core/wire", "core/crypto", "core/pem", "core/der"]],
  [
    "core/credential",
    ["core/bytes", "core/wire", "core/crypto", "core/pem", "core/der", "core/json", "core/tpm", "core"],
  ],
  ["core/ssh/message", ["core/bytes", "core/wire"]],
  ["core/ssh/key", ["core/bytes", "core/wire", "core/crypto", "core/pem", "core/der"]],
  ["core/ssh/agent", ["core/bytes", "core/wire", "core/crypto", "core/ssh/message", "core/ssh/key", "core/ssh"]],
  [
    "core/ssh/transport",
    ["core/bytes", "core/wire", "core/crypto", "core/ssh/message", "core/ssh/key", "core/ssh", "core"],
  ],
  ["core/ssh/sftp", ["core/bytes", "core/wire", "core/ssh/message", "core"]],
  [
    "core/ssh/auth",
    ["core/bytes", "core/wire", "core/ssh/message", "core/ssh/key", "core/ssh/transport", "core/ssh", "core"],
  ],
  ["core/ssh/connection", ["core/bytes", "core/wire", "core/ssh/message", "core/ssh/transport", "core/ssh"]],
  [
    "core/ssh",
    [
      "core/bytes",
      "core/wire",
      "core/ssh/message",
      "core/ssh/key",
      "core/ssh/transport",
      "core/ssh/auth",
      "core/ssh/connection",
    ],
  ],
  ["core", []],
  ["native", ["kernel", "core/crypto"]],
  ["kernel", ["native"]],
  ["linux", ["native", "core/bytes", "core/wire", "core"]],
  ["program", ["native", "linux", "core"]],
  ["node", ["native", "core/crypto"]],
];

function layerOf(path: string): string {
  const layer = layers.find(([name]) => path.startsWith(`src/${name}/`))?.[0];
  assert.ok(layer, `${path} is in no layer`);
  return layer;
}

test("imports keep to the direction of the layers", () => {
  const wrong: string[] = [];
  const files = globSync("src/**/*.ts", { cwd: root }).filter((path) => !/\.(test|d)\.ts$/.test(path));
  for (const path of files) {
    const layer = layerOf(path);
    const allowed = layers.find(([name]) => name === layer)![1];
    for (const [, target] of readFileSync(join(root, path), "utf8").matchAll(/^(?:import|\} from) .*"(\.[^"]+)"/gm)) {
      const imported = layerOf(normalize(join(dirname(path), target!)));
      // A program may use whatever lies under what it is allowed.
      const covered = allowed.some(
        (name) => imported === name || (layer === "program" && imported.startsWith(`${name}/`)),
      );
      if (imported !== layer && !covered) wrong.push(`${path} imports ${target}`);
    }
  }
  assert.ok(files.length > 100, "the sources were found");
  assert.deepEqual(wrong, []);
});
