/**
 * What the administrator and the options of a key decide, with real logins: authorities that every user trusts, revoked
 * keys, keys in security keys, forced commands.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  certificateOf,
  certify,
  lineOf,
  PRESENT,
  revocationList,
  securityKey,
  VERIFIED,
  type CertificateOptions,
} from "../support/certificates.ts";
import { commonServer } from "../support/fixture.ts";
import { makeKey, type UserKey } from "../support/keys.ts";
import { clientOptions, run, ssh, sshCommand, type Result } from "../support/openssh.ts";
import { SFTP_SERVER } from "../support/server.ts";
import { attempt, keyRequest, startAuthentication } from "../support/ssh/authentication.ts";
import { Client } from "../support/ssh/client.ts";
import { USERAUTH_SUCCESS } from "../support/ssh/numbers.ts";
import { asRoot } from "../support/stage.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-policy-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);
const authority = makeKey(file("ca"));
const stranger = makeKey(file("stranger"));
const trusted = file("trusted");
const revoked = file("revoked");
const nothing = "# nobody\n";
writeFileSync(trusted, `# ours\n${authority.line}\n`, { mode: 0o600 });
writeFileSync(revoked, nothing, { mode: 0o600 });
const certified = makeKey(file("certified"));

const accounts = [
  { name: "visitor", shell: "/bin/sh" },
  { name: "guest", shell: "/bin/sh" },
].slice(0, asRoot ? 2 : 1);
const server = commonServer({
  accounts,
  options: ["-v", "-x", `sftp=${SFTP_SERVER}`, "--trusted-user-ca-keys", trusted, "--revoked-keys", revoked],
});
const user = (): string => server().account.name;

/** The log since the call, for as long as `work` took. */
async function logged(work: () => Promise<void>): Promise<string> {
  const before = server().log().length;
  await work();
  return server().log().slice(before);
}

/** Logs in by the certified key. */
function logIn(made: CertificateOptions, ca = authority.path, name = user()): Promise<Result> {
  const certificate = certify(ca, certified.path, made);
  const others = clientOptions(server()).map((word) => word.replace(server().key.path, certified.path));
  return run([
    "ssh",
    "-o",
    `CertificateFile=${certificate}`,
    ...others,
    "-p",
    String(server().port),
    `${name}@127.0.0.1`,
    "echo in",
  ]);
}

test("an authority that is trusted by all lets in whom its certificate names", async () => {
  const log = await logged(async () => {
    for (const { name } of accounts) {
      const { status, stderr } = await logIn({ principals: name, serial: 17n, id: "ada" }, authority.path, name);
      assert.equal(status, 0, stderr);
    }
  });
  assert.match(
    log,
    /auth-ok: \S+: visitor: ssh-ed25519-cert-v01@openssh\.com SHA256:\S+ ID "ada" \(serial 17\) CA ssh-ed25519 /,
  );
});

const refusals: [name: string, made: CertificateOptions, ca: string, log: RegExp][] = [
  ["names another", { principals: "root" }, authority.path, /trusted: .* principal/],
  ["names nobody", {}, authority.path, /trusted: .* principal/],
  ["has expired", { principals: "visitor", validity: "20200101:20200102" }, authority.path, /trusted: .* expired/],
  ["is a stranger's", { principals: "visitor" }, stranger.path, /cert-v01@openssh\.com SHA256:\S+ rejected/],
  [
    "comes from elsewhere",
    { principals: "visitor", options: ["source-address=::1"] },
    authority.path,
    /source-address/,
  ],
];
for (const [name, made, ca, expected] of refusals) {
  test(`a certificate that ${name} is refused`, async () => {
    const log = await logged(async () => assert.equal((await logIn(made, ca)).status, 255));
    assert.match(log, expected);
  });
}

/** With `list` as the revoked keys. */
async function withRevoked(list: string | Uint8Array | null, work: () => Promise<void>): Promise<string> {
  if (list === null) rmSync(revoked);
  else writeFileSync(revoked, list);
  try {
    return await logged(work);
  } finally {
    writeFileSync(revoked, nothing);
  }
}

const status = async (): Promise<number | null> => (await ssh(server(), ["true"])).status;
const certificateStatus = async (serial = 1n): Promise<number | null> =>
  (await logIn({ principals: user(), serial })).status;

test("a revoked key is refused, by line and by hash", async () => {
  for (const list of [server().key.line, revocationList({ spec: `sha256: ${server().key.line}\n` })]) {
    const log = await withRevoked(list, async () => {
      assert.equal(await status(), 255);
      assert.equal(await certificateStatus(), 0);
    });
    assert.match(log, /is revoked/);
  }
  assert.equal(await status(), 0);
});

test("a revoked certificate is refused, and all of a revoked authority's", async () => {
  await withRevoked(revocationList({ spec: "serial: 5-9\n" }, authority.path), async () => {
    assert.equal(await certificateStatus(7n), 255);
    assert.equal(await certificateStatus(4n), 0);
    assert.equal(await status(), 0);
  });
  await withRevoked(authority.line, async () => assert.equal(await certificateStatus(), 255));
});

const unreadable: Record<string, string | Uint8Array | null> = {
  absent: null,
  "a line that is no key": "hello\n",
  "a binary list cut short": revocationList({ spec: "serial: 5\n" }, authority.path).subarray(0, -1),
  "a list of SHA-1 hashes": revocationList({ spec: `sha1: ${stranger.line}\n` }),
};
for (const [name, list] of Object.entries(unreadable)) {
  test(`a list of revoked keys that can't be read lets nobody in: ${name}`, async () => {
    const log = await withRevoked(list, async () => {
      assert.equal(await status(), 255);
      assert.equal(await certificateStatus(), 255);
    });
    assert.match(log, /no key is taken/);
  });
}

/** True if the key logs in. */
async function admits(key: UserKey): Promise<boolean> {
  const client = await Client.connect(server().port);
  try {
    await client.handshake();
    await startAuthentication(client);
    return (await attempt(client, keyRequest(client, user(), key))) === USERAUTH_SUCCESS;
  } finally {
    client.destroy();
  }
}

/** With these lines as authorized_keys. */
async function withLines(lines: string[], work: () => Promise<void>): Promise<void> {
  server().stage.authorize(server().account, lines);
  try {
    await work();
  } finally {
    server().stage.authorize(server().account, [server().key.line]);
  }
}

for (const type of ["ed25519", "ecdsa"] as const) {
  test(`a security key (${type}) that was touched, or not`, async () => {
    const key = securityKey(type, PRESENT);
    await withLines([lineOf(key.blob)], async () => {
      assert.ok(await admits(key));
      key.flags = 0;
      assert.ok(!(await admits(key)));
    });
    await withLines([`no-touch-required ${lineOf(key.blob)}`], async () => assert.ok(await admits(key)));
    await withLines([`verify-required ${lineOf(key.blob)}`], async () => {
      key.flags = PRESENT;
      assert.ok(!(await admits(key)));
      key.flags = PRESENT | VERIFIED;
      assert.ok(await admits(key));
    });
  });

  test(`a certificate over a security key (${type})`, async () => {
    const key = securityKey(type, PRESENT);
    const blob = certificateOf(authority.path, key.blob, { principals: user() });
    const algorithm = key.algorithm.replace("@openssh.com", "-cert-v01@openssh.com");
    const sign = (message: Uint8Array): Buffer => key.sign(message);
    assert.ok(await admits({ algorithm, blob, sign }));
    key.flags = 0;
    const log = await logged(async () => assert.ok(!(await admits({ algorithm, blob, sign }))));
    assert.match(log, /trusted: the security key was not touched/);

    const untouched = certificateOf(authority.path, key.blob, { principals: user(), options: ["no-touch-required"] });
    assert.ok(await admits({ algorithm, blob: untouched, sign }));

    const verified = certificateOf(authority.path, key.blob, { principals: user(), options: ["verify-required"] });
    key.flags = PRESENT;
    const unverified = await logged(async () => assert.ok(!(await admits({ algorithm, blob: verified, sign }))));
    assert.match(unverified, /trusted: the security key did not verify its user/);
    key.flags = PRESENT | VERIFIED;
    assert.ok(await admits({ algorithm, blob: verified, sign }));
  });
}

test("a forced command takes the place of whatever is asked for, and learns what that was", async () => {
  const command = `command="echo \\"[\${SSH_ORIGINAL_COMMAND-none}]\\"; cat",no-pty ${server().key.line}`;
  await withLines([command], async () => {
    const input = { input: "input" };
    const asked: [words: string[], options: string[], answer: string][] = [
      [["ls -l /"], [], "[ls -l /]\ninput"],
      [[], ["-T"], "[none]\ninput"],
      [["sftp"], ["-s"], `[${SFTP_SERVER}]\ninput`],
    ];
    for (const [words, options, answer] of asked) {
      const { status, stdout } = await run(sshCommand(server(), options, words), input);
      assert.deepEqual([status, stdout.toString()], [0, answer]);
    }
    const unknown = await run(sshCommand(server(), ["-s"], ["nothing"]), input);
    assert.notEqual(unknown.status, 0, "a subsystem that doesn't exist is refused all the same");
  });
});

test("the log says which line was of no use, and why", async () => {
  const key = readFileSync(`${server().key.path}.pub`, "utf8");
  const log = await logged(() =>
    withLines([`# mine`, `frobnicate ${key}`, `expiry-time="20200101Z" ${key}`], async () => {
      assert.equal(await status(), 255);
    }),
  );
  assert.match(log, /authorized_keys: line 2: unknown option frobnicate/);
  assert.match(log, /authorized_keys: line 3: expired/);
});
