/**
 * Key exchanges that go wrong: strict ones violated (OpenSSH's PROTOCOL section 1.10; the Terrapin attack slips packets
 * in before NEWKEYS and takes others out after), bad public values, proposals without a common ground.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import type { ClientOptions, Proposal } from "../support/ssh/client.ts";
import * as number from "../support/ssh/numbers.ts";
import { encode, message } from "../support/ssh/wire.ts";
import { advance, commonArena, type Attack, type Attacker, type Phase } from "./arena.ts";

const arena = commonArena();

const NON_STRICT: ClientOptions = { strict: false };

const HYBRID: ClientOptions = { keyExchange: "mlkem768x25519-sha256" };

/** What may be slipped in unseen, while nothing is protected. */
const slips: [name: string, payload: Buffer][] = [
  ["IGNORE", message(number.IGNORE, "x")],
  ["DEBUG", message(number.DEBUG, false, "x", "")],
  ["UNIMPLEMENTED", message(number.UNIMPLEMENTED, 0)],
  ["EXT_INFO", message(number.EXT_INFO, 0)],
  ["an unknown message", Buffer.of(200)],
];

/** Sends on as if nothing had happened, up to a login. */
const goOn = (attacker: Attacker, from: Phase): Promise<void> => advance(attacker, from, "authenticated");

describe("strict key exchange", () => {
  const places: Phase[] = ["identified", "proposed", "agreed"];

  test("nothing may be slipped in before NEWKEYS", () =>
    arena().assault(
      places.flatMap((phase) =>
        slips.map(([name, payload]): Attack => ({
          name: `${name} in phase ${phase}`,
          phase,
          verdict: "refused",
          async act(attacker) {
            attacker.client.send(payload);
            await goOn(attacker, phase);
          },
        })),
      ),
    ));

  test("not even where the sequence number is put right again: they start from 0", () =>
    arena().assault([
      {
        name: "a client that goes on counting",
        phase: "agreed",
        verdict: "refused",
        async act({ client }) {
          const { sequence } = client.outgoing;
          client.sendNewKeys();
          client.outgoing.sequence = sequence + 1;
          client.send(message(number.SERVICE_REQUEST, "ssh-userauth"));
          client.write(Buffer.alloc(40_000));
          await client.drain();
        },
      },
    ]));

  test("without it IGNORE and DEBUG are allowed, as RFC 4253 has it", () =>
    arena().assault(
      places.flatMap((phase) =>
        slips.slice(0, 2).map(([name, payload]): Attack => ({
          name: `${name} in phase ${phase}, not strict`,
          phase,
          options: NON_STRICT,
          verdict: "survives",
          async act(attacker) {
            attacker.client.send(payload);
            await goOn(attacker, phase);
          },
        })),
      ),
    ));
});

describe("public values", () => {
  /** Points of small order on curve25519, RFC 7748 section 7: all lead to the secret 0. */
  const smallOrder = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ].map((hex) => Buffer.from(hex, "hex"));

  const refusal = (name: string, value: Buffer, phase: Phase, options?: ClientOptions): Attack => ({
    name,
    phase,
    verdict: "refused",
    ...(options && { options }),
    act: ({ client }) => client.send(message(number.KEX_ECDH_INIT, value)),
  });

  test("of small order, or of a wrong size", () =>
    arena().assault([
      ...smallOrder.flatMap((point) => [
        refusal(`point ${point.toString("hex", 0, 4)}…`, point, "proposed"),
        refusal(`point ${point.toString("hex", 0, 4)}…, in a second exchange`, point, "reproposed"),
      ]),
      ...[0, 31, 33, 64, 1000].map((size) => refusal(`${size} bytes`, randomBytes(size), "proposed")),
      ...[0, 32, 1183, 1184, 1215, 1217].map((size) =>
        refusal(`${size} bytes, hybrid`, randomBytes(size), "proposed", HYBRID),
      ),
    ]));

  test("of ML-KEM that no key pair has", async () => {
    const notReduced = Buffer.concat([Buffer.alloc(1152, 0xff), randomBytes(64)]);
    await arena().assault([refusal("coefficients of q and more", notReduced, "proposed", HYBRID)]);
  });
});

describe("proposals", () => {
  const nothing: [name: string, proposal: Partial<Proposal>][] = [
    ["key exchange", { keyExchange: ["diffie-hellman-group14-sha256"] }],
    ["host key", { hostKey: ["ssh-rsa"] }],
    ["cipher to the server", { cipherToServer: ["aes128-ctr"] }],
    ["cipher to the client", { cipherToClient: ["aes128-ctr"] }],
    ["compression to the server", { compressionToServer: ["zlib"] }],
    ["compression to the client", { compressionToClient: ["zlib"] }],
    ["anything", { keyExchange: [], hostKey: [], cipherToServer: [], cipherToClient: [] }],
    ["name but a prefix of one", { keyExchange: ["curve25519"] }],
    ["name but a longer one", { keyExchange: ["curve25519-sha256x"] }],
    ["name but an empty one", { keyExchange: ["", ""] }],
    ["key exchange but a mark", { keyExchange: ["kex-strict-s-v00@openssh.com", "ext-info-s"] }],
  ];

  test("with nothing in common are refused", () =>
    arena().assault(
      nothing.map(([name, proposal]): Attack => ({
        name: `no common ${name}`,
        phase: "proposed",
        options: { proposal },
        verdict: "refused",
        act: () => {},
      })),
    ));

  test("with a wrong guess have their guessed packet skipped", () =>
    arena().assault([
      {
        name: "wrong guess",
        phase: "proposed",
        options: {
          proposal: {
            keyExchange: ["ecdh-sha2-nistp256", "curve25519-sha256", "kex-strict-c-v00@openssh.com"],
            follows: true,
          },
        },
        verdict: "survives",
        async act(attacker) {
          attacker.client.send(message(number.KEX_ECDH_INIT, randomBytes(65)));
          await goOn(attacker, "proposed");
        },
      },
      {
        name: "right guess", // for what the server prefers too
        phase: "proposed",
        options: { ...HYBRID, proposal: { follows: true } },
        verdict: "survives",
        act: (attacker) => goOn(attacker, "proposed"),
      },
    ]));

  test("with thousands of names don't take long", async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `x${i}`);
    const start = Date.now();
    await arena().assault(
      Array.from({ length: 20 }, (): Attack => ({
        name: "many names",
        phase: "authenticated",
        options: { proposal: { keyExchange: [...names, "curve25519-sha256", "kex-strict-c-v00@openssh.com"] } },
        verdict: "survives",
        act: () => {},
      })),
    );
    assert.ok(Date.now() - start < 5000);
  });

  test("with an overlong or broken list are refused", () =>
    arena().assault([
      {
        name: "a list longer than its message",
        phase: "identified",
        verdict: "refused",
        act: ({ client }) =>
          client.send(Buffer.concat([Buffer.of(20), randomBytes(16), Buffer.from("7fffffff", "hex")])),
      },
      {
        name: "a KEXINIT in a KEXINIT",
        phase: "proposed",
        verdict: "refused",
        act: ({ client }) => client.send(client.kexInit()),
      },
      {
        name: "NEWKEYS with content",
        phase: "agreed",
        verdict: "either",
        act: ({ client }) => client.send(Buffer.concat([Buffer.of(number.NEWKEYS), encode("x")])),
      },
    ]));
});
