/** ssh-audit finds nothing to complain of but what stands here, each with the reason why that is no fault. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { run } from "../support/openssh.ts";
import { underTest } from "../support/server.ts";
import { installed } from "../support/stage.ts";

const server = commonServer();

interface Complaint {
  /** `kex`, `key`, `enc`, `mac`, ... as ssh-audit abbreviates what it looks at; `rec` is what it recommends. */
  about: string;
  algorithm: string;
  text: string;
}

interface Allowance extends Complaint {
  why: string;
}

const allowed: Allowance[] = [
  {
    about: "kex",
    algorithm: "mlkem768x25519-sha256",
    text: "unknown algorithm",
    why: "OpenSSH has it since 9.9 (2024); Debian 12's ssh-audit is of 2021.",
  },
  {
    about: "kex",
    algorithm: "sntrup761x25519-sha512",
    text: "unknown algorithm",
    why: "The standard's name, since OpenSSH 9.9, of the algorithm that ssh-audit knows with @openssh.com.",
  },
  {
    about: "kex",
    algorithm: "kex-strict-s-v00@openssh.com",
    text: "unknown algorithm",
    why: "No algorithm, but the sign of strict key exchange: the remedy for Terrapin of 2023.",
  },
  {
    about: "kex",
    algorithm: "sntrup761x25519-sha512@openssh.com",
    text: "using experimental algorithm",
    why: "Experimental in OpenSSH 8.5, its default since 9.0, and a hybrid: never weaker than X25519 alone.",
  },
  {
    about: "rec",
    algorithm: "-sntrup761x25519-sha512@openssh.com",
    text: "kex algorithm to remove",
    why: "For the same reason.",
  },
];

/** Warnings and failures in what ssh-audit prints, and recommendations. */
function complaints(output: string): Complaint[] {
  const found: Complaint[] = [];
  let about = "";
  let algorithm = "";
  for (const line of output.split("\n")) {
    const head = /^\((\w+)\) (\S+)/.exec(line);
    if (head) [, about = "", algorithm = ""] = head;
    const finding = /(?:--|`-) \[(?:warn|fail)\] (.*)/.exec(line) ?? /^\(rec\) .*?-- (.*?) *$/.exec(line);
    if (finding) found.push({ about, algorithm, text: finding[1]! });
  }
  return found;
}

describe("ssh-audit", { skip: !installed("ssh-audit") || underTest !== "postern" }, () => {
  test("complains of nothing else", async () => {
    const words = ["ssh-audit", "-n", "-p", String(server().port), "127.0.0.1"];
    const { stdout, stderr } = await run(words, { timeout: 30_000 });
    const output = stdout.toString();
    for (const name of ["(kex) curve25519-sha256 ", "(key) ssh-ed25519 ", "(enc) chacha20-poly1305@openssh.com "])
      assert.ok(output.includes(name), `${output}${stderr}`);
    const others = complaints(output).filter(
      (one) => !allowed.some((a) => a.about === one.about && a.algorithm === one.algorithm && a.text === one.text),
    );
    assert.deepEqual(others, []);
  });

  test("would be heard if it did", () => {
    const output = [
      "(kex) diffie-hellman-group1-sha1 -- [fail] removed (in server) since OpenSSH 6.7",
      "                                 `- [warn] using weak hashing algorithm",
      "(rec) -ssh-dss                   -- key algorithm to remove ",
    ];
    assert.deepEqual(complaints(output.join("\n")), [
      { about: "kex", algorithm: "diffie-hellman-group1-sha1", text: "removed (in server) since OpenSSH 6.7" },
      { about: "kex", algorithm: "diffie-hellman-group1-sha1", text: "using weak hashing algorithm" },
      { about: "rec", algorithm: "-ssh-dss", text: "key algorithm to remove" },
    ]);
  });
});
