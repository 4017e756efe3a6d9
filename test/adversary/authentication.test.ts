/** Logins that must not succeed, and those who try for too long. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeKey, readKey, type UserKey } from "../support/keys.ts";
import {
  attempt,
  hostBoundRequest,
  keyQuery,
  keyRequest,
  noneRequest,
  serviceRequest,
} from "../support/ssh/authentication.ts";
import * as number from "../support/ssh/numbers.ts";
import { encode, message } from "../support/ssh/wire.ts";
import { commonArena, type Attack, type Attacker } from "./arena.ts";

const arena = commonArena();

/** A key that nobody admits. */
const stranger = makeStranger();

function makeStranger(): UserKey {
  const folder = mkdtempSync(join(tmpdir(), "postern-test-"));
  try {
    return readKey(makeKey(join(folder, "stranger")).path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A request that must be answered by a failure, and leave the connection alive. */
const failure = (name: string, request: (attacker: Attacker) => Buffer): Attack => ({
  name,
  phase: "authenticating",
  verdict: "survives",
  async act(attacker) {
    assert.equal(await attempt(attacker.client, request(attacker)), number.USERAUTH_FAILURE);
    const { client, user, key } = attacker;
    assert.equal(await attempt(client, keyRequest(client, user, key)), number.USERAUTH_SUCCESS, "the right key, then");
  },
});

/** A request that must end the connection, or fail: in no case may it succeed. */
const hopeless = (name: string, request: (attacker: Attacker) => Buffer): Attack => ({
  name,
  phase: "authenticating",
  verdict: "either",
  async act(attacker) {
    assert.notEqual(await attempt(attacker.client, request(attacker)), number.USERAUTH_SUCCESS);
  },
});

const request = (
  user: string | Buffer,
  service: string,
  method: string,
  ...rest: (boolean | string | Uint8Array)[]
): Buffer => message(number.USERAUTH_REQUEST, user, service, method, ...rest);

describe("authentication", () => {
  test("fails, and may be tried again", () =>
    arena().assault([
      failure("none", ({ user }) => noneRequest(user)),
      failure("password", ({ user }) => request(user, "ssh-connection", "password", false, "secret")),
      failure("keyboard-interactive", ({ user }) => request(user, "ssh-connection", "keyboard-interactive", "", "")),
      failure("an unknown method", ({ user }) => request(user, "ssh-connection", "magic@example.org", "x")),
      failure("another key", ({ client, user }) => keyRequest(client, user, stranger)),
      failure("an unknown algorithm", ({ user, key }) => keyQuery(user, { ...key, algorithm: "ssh-magic" })),
    ]));

  test("never succeeds with what is not right", () =>
    arena().assault([
      hopeless("a key of another session", ({ user, client, key }) => {
        const { sessionId } = client;
        client.sessionId = randomBytes(32);
        const spoiled = keyRequest(client, user, key);
        client.sessionId = sessionId;
        return spoiled;
      }),
      hopeless("another key's signature", ({ client, user, key }) =>
        keyRequest(client, user, { ...key, sign: (bytes) => stranger.sign(bytes) }),
      ),
      hopeless("a signature for another user", ({ client, user, key }) => {
        const other = keyRequest(client, `${user}x`, key);
        const right = keyRequest(client, user, key);
        return Buffer.concat([right.subarray(0, -64), other.subarray(-64)]);
      }),
      hopeless("a signature of zeros", ({ client, user, key }) =>
        keyRequest(client, user, { ...key, sign: () => encode(key.algorithm, Buffer.alloc(64)) }),
      ),
      hopeless("a signature of another algorithm", ({ client, user, key }) =>
        keyRequest(client, user, { ...key, sign: () => encode("ssh-rsa", Buffer.alloc(64)) }),
      ),
      hopeless("the identity as key", ({ client, user, key }) => {
        const blob = encode(key.algorithm, Buffer.from([1, ...Buffer.alloc(31)]));
        return keyRequest(client, user, { ...key, blob, sign: () => encode(key.algorithm, Buffer.alloc(64)) });
      }),
      hopeless("bound to another host key", ({ client, user, key }) =>
        hostBoundRequest(client, user, key, encode("ssh-ed25519", randomBytes(32))),
      ),
      hopeless("an unknown user", ({ client, key }) => keyRequest(client, "nobody-of-that-name", key)),
      hopeless("no user", ({ client, key }) => keyRequest(client, "", key)),
      hopeless("a user name with a NUL", ({ client, user, key }) => keyRequest(client, `${user}\0`, key)),
      hopeless("a user name with a colon", ({ client, user, key }) => keyRequest(client, `${user}:x`, key)),
      hopeless("a user name with a line end", ({ client, user, key }) => keyRequest(client, `${user}\n`, key)),
      hopeless("a path as user name", ({ client, key }) => keyRequest(client, "../../etc/passwd", key)),
      hopeless("a user name of 257 bytes", ({ client, key }) => keyRequest(client, "x".repeat(257), key)),
      hopeless("a user name of 30000 bytes", ({ client, key }) => keyRequest(client, "x".repeat(30_000), key)),
      hopeless("another service", ({ user }) => request(user, "ssh-userauth", "none")),
    ]));

  test("bound to the right host key, succeeds", () =>
    arena().assault([
      {
        name: "hostbound",
        phase: "authenticating",
        verdict: "survives",
        async act({ client, user, key }) {
          assert.equal(await attempt(client, hostBoundRequest(client, user, key)), number.USERAUTH_SUCCESS);
        },
      },
    ]));

  test("a key may be asked about, which tells nothing", () =>
    arena().assault(
      ["visitor", "nobody-of-that-name"].flatMap((user) =>
        [true, false].map((listed): Attack => ({
          name: `query for ${user}, ${listed ? "listed" : "unlisted"} key`,
          phase: "authenticating",
          verdict: "survives",
          async act({ client, key }) {
            assert.equal(await attempt(client, keyQuery(user, listed ? key : stranger)), number.USERAUTH_PK_OK);
          },
        })),
      ),
    ));

  test("has no other services", () =>
    arena().assault(
      ["ssh-connection", "ssh-userauth2", "", "x".repeat(10_000)].map((name): Attack => ({
        name: `service ${name.slice(0, 20)}`,
        phase: "protected",
        verdict: "refused",
        act: ({ client }) => client.send(serviceRequest(name)),
      })),
    ));

  test("ends for who tries too often", () =>
    arena().assault(
      [
        ({ user }: Attacker) => noneRequest(user),
        ({ user }: Attacker) => keyQuery(user, stranger),
        ({ client, user }: Attacker) => keyRequest(client, user, stranger),
        () => serviceRequest(),
      ].map((make, i): Attack => ({
        name: `attempts of kind ${i}`,
        phase: "authenticating",
        verdict: "refused",
        act(attacker) {
          for (let i = 0; i < 40; i++) attacker.client.send(make(attacker));
        },
      })),
    ));
});
