/**
 * Inputs to begin with: what well-behaved clients and files look like, and some of the ways in which they don't. Signed or
 * encrypted as transparent-kernels.ts has it.
 */
import { boolean, der, integer, octets, oid, sequence, tagged, utf8 } from "../support/der.ts";
import { folder, link, newc, trailer } from "../support/cpio.ts";
import { luks1, luks2, metadata } from "../support/luks.ts";
import { unifiedKernel } from "../support/unified-kernel.ts";
import { join } from "./mutation.ts";
import * as number from "../support/ssh/numbers.ts";
import { encode, message, uint32 } from "../support/ssh/wire.ts";

const text = (...lines: string[]): Buffer => Buffer.from(lines.join("\n"));

/** 32 bytes: under the transparent kernels a seed is its own public key, and a point the shared secret. */
const point = Buffer.from("a public key of thirty-two bytes");
const ed25519 = encode("ssh-ed25519", point);
const p256Point = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 5)]);
const p256 = encode("ecdsa-sha2-nistp256", "nistp256", p256Point);
const composite = encode("ssh-mldsa44-ed25519@openssh.com", Buffer.alloc(1344, 3));
const skEd25519 = encode("sk-ssh-ed25519@openssh.com", point, "ssh:");
const skP256 = encode("sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", p256Point, "ssh:");
const keys = [ed25519, p256, composite, skEd25519, skP256];

const goodEd25519 = encode("ssh-ed25519", Buffer.alloc(64, 1));
const goodP256 = encode("ecdsa-sha2-nistp256", encode(Buffer.alloc(32, 1), Buffer.alloc(32, 1)));
const goodComposite = encode("ssh-mldsa44-ed25519@openssh.com", Buffer.alloc(2484, 1));
const authenticator = Buffer.concat([Buffer.of(5), uint32(7)]);
const goodSk = Buffer.concat([encode("sk-ssh-ed25519@openssh.com", Buffer.alloc(64, 1)), authenticator]);
const goodSkP256 = Buffer.concat([
  encode("sk-ecdsa-sha2-nistp256@openssh.com", encode(Buffer.alloc(32, 1), Buffer.alloc(32, 1))),
  authenticator,
]);
const signatures = [goodEd25519, goodP256, goodComposite, goodSk, goodSkP256];

/** OpenSSH's PROTOCOL.certkeys: `fields` of the key, by `authority`. */
function certificate(type: string, fields: Buffer, authority: Buffer, principals: string[], critical: Buffer): Buffer {
  const always = encode("permit-pty", "", "permit-port-forwarding", "");
  return Buffer.concat([
    encode(type, "nonce"),
    fields,
    Buffer.concat([Buffer.alloc(7), Buffer.of(9), uint32(1)]),
    encode("name", encode(...principals)),
    Buffer.concat([Buffer.alloc(8), Buffer.alloc(8, 255)]),
    encode(critical, always, "", authority),
    encode(goodEd25519),
  ]);
}
const certificates = [
  certificate("ssh-ed25519-cert-v01@openssh.com", encode(point), ed25519, ["user"], Buffer.of()),
  certificate(
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    encode("nistp256", p256Point),
    ed25519,
    ["user", "other"],
    encode("force-command", encode("ls"), "source-address", encode("127.0.0.0/8,::1/128")),
  ),
  certificate("sk-ssh-ed25519-cert-v01@openssh.com", encode(point, "ssh:"), ed25519, [], encode("verify-required", "")),
];

function kexInit(methods: string, hostKeys = "ssh-ed25519", follows = false): Buffer {
  const cipher = "chacha20-poly1305@openssh.com";
  const lists = encode(
    methods,
    hostKeys,
    cipher,
    cipher,
    "hmac-sha2-256",
    "hmac-sha2-256",
    "none",
    "none,zlib",
    "",
    "",
  );
  return Buffer.concat([Buffer.of(number.KEXINIT), Buffer.alloc(16, 9), lists, Buffer.of(follows ? 1 : 0), uint32(0)]);
}
const curve = "curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com";
const exchanges = [
  [kexInit(curve), message(number.KEX_ECDH_INIT, point)],
  [kexInit("mlkem768x25519-sha256"), message(number.KEX_ECDH_INIT, Buffer.alloc(1216, 1))],
  [kexInit("sntrup761x25519-sha512@openssh.com"), message(number.KEX_ECDH_INIT, Buffer.alloc(1190, 1))],
  [
    kexInit(`none,${curve}`, "ssh-ed25519", true),
    message(number.KEX_ECDH_INIT, "guess"),
    message(number.KEX_ECDH_INIT, point),
  ],
].map((messages) => [...messages, Buffer.of(number.NEWKEYS)]);

const harmless = [
  message(number.IGNORE, "ignored"),
  message(number.UNIMPLEMENTED, 7),
  message(number.DEBUG, true, "a word", "en"),
  message(number.PING, "ping"),
  message(number.DISCONNECT, 11, "bye", ""),
  Buffer.concat([message(number.EXT_INFO, 1), encode("ext-info-in-auth@openssh.com", "0")]),
];

const service = message(number.SERVICE_REQUEST, "ssh-userauth");
function login(user: string, key: Buffer, signature: Buffer | null, hostKey: Buffer | null = null): Buffer {
  const method = hostKey === null ? "publickey" : "publickey-hostbound-v00@openssh.com";
  const type = key.subarray(4, 4 + key.readUInt32BE());
  const tail = [...(hostKey === null ? [] : [hostKey]), ...(signature === null ? [] : [signature])];
  return message(number.USERAUTH_REQUEST, user, "ssh-connection", method, signature !== null, type, key, ...tail);
}
const logins = [
  message(number.USERAUTH_REQUEST, "open", "ssh-connection", "none"),
  message(number.USERAUTH_REQUEST, "user", "ssh-connection", "password", false, "secret"),
  login("user", ed25519, null),
  ...keys.map((key, i) => login("user", key, signatures[i]!)),
  login("user", ed25519, goodEd25519, ed25519),
  ...certificates.map((blob) => login("user", blob, goodEd25519)),
];

const request = (channel: number, type: string, ...fields: (string | number | Uint8Array)[]): Buffer =>
  message(number.CHANNEL_REQUEST, channel, type, true, ...fields);
const modes = Buffer.from("3500000001a400000001810000960080000096000000000000", "hex");
const requests = (channel: number): Buffer[] => [
  request(channel, "pty-req", "xterm-256color", 80, 24, 640, 480, modes),
  request(channel, "env", "LANG", "C.UTF-8"),
  request(channel, "exec", "cat"),
  request(channel, "shell"),
  request(channel, "subsystem", "sftp"),
  request(channel, "window-change", 132, 50, 0, 0),
  request(channel, "signal", "TERM"),
  request(channel, "break", 500),
  request(channel, "eow@openssh.com"),
];
const open = (own: number, window = 0x200000, packet = 0x8000): Buffer =>
  message(number.CHANNEL_OPEN, "session", own, window, packet);
const data = message(number.CHANNEL_DATA, 0, "some input\n");
const connection = [
  open(0),
  ...requests(0),
  data,
  message(number.CHANNEL_EXTENDED_DATA, 0, 1, "errors"),
  message(number.CHANNEL_WINDOW_ADJUST, 0, 0x8000),
  message(number.CHANNEL_EOF, 0),
  message(number.CHANNEL_CLOSE, 0),
  message(number.GLOBAL_REQUEST, "no-more-sessions@openssh.com", true),
  message(number.GLOBAL_REQUEST, "tcpip-forward", true, "localhost", 8080),
  message(number.CHANNEL_OPEN, "direct-tcpip", 1, 0x200000, 0x8000, "localhost", 80, "127.0.0.1", 5000),
  message(number.REQUEST_FAILURE),
];

const answers = [
  message(number.KEX_ECDH_REPLY, ed25519, point, goodEd25519),
  message(number.SERVICE_ACCEPT, "ssh-userauth"),
  message(number.USERAUTH_FAILURE, "publickey,password", false),
  message(number.USERAUTH_SUCCESS),
  message(number.USERAUTH_BANNER, "welcome", ""),
  message(number.USERAUTH_PK_OK, "ssh-ed25519", ed25519),
  message(number.REQUEST_SUCCESS, 22),
  message(number.CHANNEL_OPEN_CONFIRMATION, 0, 1, 0x200000, 0x8000),
  message(number.CHANNEL_OPEN_FAILURE, 0, 1, "prohibited", ""),
  message(number.CHANNEL_SUCCESS, 0),
  message(number.CHANNEL_FAILURE, 0),
  request(0, "exit-status", 1),
  message(number.CHANNEL_REQUEST, 0, "exit-signal", false, "TERM", true, "", ""),
  message(number.PONG, "pong"),
];

// What happens in records: see target/engine.ts.
const say = (payload: Buffer): Buffer => Buffer.concat([Buffer.of(0), payload]);
const bytes = (raw: Buffer | string): Buffer => Buffer.concat([Buffer.of(1), Buffer.from(raw as string)]);
const wait = (milliseconds: number): Buffer => Buffer.concat([Buffer.of(2), uint32(milliseconds)]);
const child = (what: number, session: number, detail: number, count = 0): Buffer =>
  Buffer.concat([Buffer.of(what, session, detail), uint32(count)]);
const [OUTPUT, ENDS, EXITS, DIES, ROOM] = [3, 4, 5, 6, 7] as const;
const ended = [child(ENDS, 0, 0), child(ENDS, 0, 1), child(EXITS, 0, 0)];

const greeting = bytes("SSH-2.0-OpenSSH_10.0 Debian-7\r\n");
const sessions = [
  [open(0), request(0, "exec", "cat"), data, data, message(number.CHANNEL_EOF, 0)].map(say),
  requests(0).slice(0, 3).map(say),
].map((records) => [say(open(0)), ...records, child(OUTPUT, 0, 0, 3000), child(OUTPUT, 0, 1, 70_000), ...ended]);

const pem = (label: string, body: Buffer): Buffer =>
  text(`-----BEGIN ${label}-----`, ...(body.toString("base64").match(/.{1,70}/g) ?? []), `-----END ${label}-----`, "");

function privateKey(type: string, publicKey: Buffer, secretKey: Buffer, encrypted: boolean): Buffer {
  return privateKeyFile(type, encode(publicKey), secretKey, encrypted);
}
function privateKeyFile(type: string, publicKey: Buffer, secretKey: Buffer, encrypted: boolean): Buffer {
  const fields = [encode(type), publicKey, encode(secretKey, "a comment")];
  const secret = Buffer.concat([uint32(42), uint32(42), ...fields]);
  const block = encrypted ? 16 : 8;
  const padding = Buffer.from(Array.from({ length: (block - (secret.length % block)) % block }, (_, i) => i + 1));
  const how = encrypted
    ? encode("aes256-ctr", "bcrypt", Buffer.concat([encode(Buffer.alloc(16, 4)), uint32(24)]))
    : encode("none", "none", "");
  const blob = Buffer.concat([encode(type), publicKey]);
  const file = [Buffer.from("openssh-key-v1\0"), how, uint32(1), encode(blob, Buffer.concat([secret, padding]))];
  return pem("OPENSSH PRIVATE KEY", Buffer.concat(file));
}
const pair = Buffer.concat([point, point]);
/** As transparent kernels make it of its scalar. */
const p256Pair = Buffer.concat([Buffer.of(4), point, Buffer.alloc(32)]);

const line = `ssh-ed25519 ${ed25519.toString("base64")} user@host`;

/** OpenSSH's PROTOCOL.krl: sections, each a type and its content. */
const sections = (of: [number, Buffer][]): Buffer =>
  Buffer.concat(of.flatMap(([type, content]) => [Buffer.of(type), encode(content)]));
const certified = (...of: [number, Buffer][]): Buffer => Buffer.concat([encode(ed25519, ""), sections(of)]);
function krl(...of: [number, Buffer][]): Buffer {
  return Buffer.concat([Buffer.from("SSHKRL\n\0"), uint32(1), Buffer.alloc(24), encode("", ""), sections(of)]);
}

// The monitor's records (src/core/ssh/monitor/request.ts), and its answers.
const [first] = exchanges[0]!;
const sign = message(1, "SSH-2.0-OpenSSH_10.0", first!, Buffer.alloc(16), point, point, encode(point));
const enter = message(3, "open");
const privileged = [
  sign,
  enter,
  message(4, 0, 80, 24, 640, 480, "xterm", modes),
  message(5, 0, 132, 50, 0, 0),
  message(6, 0, "LANG", "C"),
  Buffer.concat([message(7, 0), Buffer.of(2), encode("ls")]),
  message(8, 0, "TERM"),
  message(9, 0, 500),
  message(10, 0),
  Buffer.concat([Buffer.of(11, 4), encode("a line")]),
  message(12, "auth-fail", "user: rejected", 1, "reason", "signature"),
  message(15, 1),
  message(16, 20, "host", 80),
  message(14, 0),
  message(14, 1),
  message(2, "user", ed25519, true, goodEd25519),
];
const grantOfAll = Buffer.concat([uint32(7), Buffer.of(1), encode("ls"), uint32(0), encode("none")]);

// What clients ask of an agent, in records: see target/agent-requests.ts.
const [client, elsewhere, later] = [0, 1, 8];
const says = (who: number, request: Buffer): Buffer => Buffer.concat([Buffer.of(who), request]);
const listing = Buffer.of(11);
const pairOfPoints = Buffer.concat([point, point]);
const added = (number: number, ...constraints: Buffer[]): Buffer =>
  Buffer.concat([message(number, "ssh-ed25519", point, pairOfPoints, "a comment"), ...constraints]);
const hopEnd = (user: string, host: string, ...blobs: Buffer[]): Buffer =>
  Buffer.concat([encode(user, host, ""), ...blobs.flatMap((blob) => [encode(blob), Buffer.of(0)])]);
const oneHop = encode(encode(hopEnd("", ""), hopEnd("user", "host", ed25519), ""));
const restriction = Buffer.concat([Buffer.of(255), encode("restrict-destination-v00@openssh.com", oneHop)]);
const bound = (id: string, forwarded: boolean): Buffer =>
  message(27, "session-bind@openssh.com", ed25519, id, goodEd25519, forwarded);
const hostBound = "publickey-hostbound-v00@openssh.com";
const hostBoundLogin = Buffer.concat([
  encode("id"),
  message(50, "user", "ssh-connection", hostBound, true, "ssh-ed25519", ed25519, ed25519),
]);
const noProxy = [says(client, Buffer.of(5)), says(client, Buffer.of(5))];
const agentSessions = [
  [says(client, added(17)), says(client, listing), says(client, message(12, 1).subarray(0)), ...noProxy],
  [
    says(client, added(25, Buffer.of(1), uint32(9), Buffer.of(2))),
    says(client, message(13, ed25519, "data", 0)),
    ...noProxy,
  ],
  [
    says(client, added(25, restriction)),
    says(elsewhere, bound("id", false)),
    says(elsewhere, listing),
    ...[0, 1].map(() => says(elsewhere, Buffer.of(5))),
    says(elsewhere, message(13, ed25519, hostBoundLogin, 0)),
  ],
  [
    says(client, message(13, encode("ecdsa-sha2-nistp384", "sealed"), "data", 2)),
    says(client, Buffer.from("wrong PIN")),
    says(client, Buffer.from("1234")),
    ...["12345", "wrong", "1234"].flatMap((answer, i) => [
      ...(i === 0 ? [says(client, message(13, encode("ecdsa-sha2-nistp384", "sealed"), "data", 2))] : []),
      says(client, Buffer.from(answer)),
    ]),
    says(client, message(22, "passphrase")),
    says(elsewhere, message(23, "wrong")),
    says(elsewhere, message(23, "passphrase")),
    says(later, Buffer.of(200)),
  ],
  ...["123456", "1234567", "12345678"].map((pin) => [
    says(client, message(13, encode("ecdsa-sha2-nistp384", "sealed"), "data", 2)),
    says(client, Buffer.from(pin)),
    says(client, Buffer.from("yes")),
  ]),
  [
    says(client, message(27, "query")),
    says(
      client,
      Buffer.concat([message(27, "tpm-add-key"), Buffer.of(17), encode("TPMKEY", "file", ""), Buffer.of(2)]),
    ),
    says(client, message(18, ed25519)),
    ...noProxy,
    says(client, Buffer.of(19)),
    ...noProxy,
    says(client, message(20, "reader", "pin")),
  ],
];

// SFTP: a packet's type, its id, its fields.
const size = Buffer.concat([uint32(0), uint32(100)]);
const attributes = Buffer.concat([uint32(15), size, ...[1, 2, 0o644, 3, 4].map(uint32)]);
const sftp = (type: number, ...fields: (string | number | Uint8Array)[]): Buffer => message(type, 9, ...fields);
const withAttributes = (packet: Buffer): Buffer => Buffer.concat([packet, attributes]);
/** The first handle there is, and the second. */
const [handle, second] = [Buffer.of(0, 0, 0, 0, 0, 0, 0, 1), Buffer.of(0, 0, 0, 1, 0, 0, 0, 2)] as const;
const init = message(1, 3);
const extended = (name: string, fields: Buffer): Buffer => Buffer.concat([sftp(200, name), fields]);
const plainFiles = [
  withAttributes(sftp(3, "/a/file", 1)),
  withAttributes(sftp(3, "new", 0x1a)),
  sftp(5, handle, 0, 0, 1000),
  sftp(5, handle, 0, 5000, 10),
  sftp(6, second, 0, 0, "data"),
  sftp(8, handle),
  withAttributes(sftp(10, handle)),
  extended("fsync@openssh.com", encode(handle)),
  extended("fstatvfs@openssh.com", encode(handle)),
  extended("copy-data", Buffer.concat([encode(handle), size, size, encode(second), size])),
  sftp(4, handle),
  sftp(4, second),
  sftp(4, second),
];
const folders = [sftp(11, "folder"), sftp(12, handle), sftp(12, handle), sftp(12, handle), sftp(4, handle)];
const paths = [
  ...[7, 13, 15, 16, 17, 19].map((type) => sftp(type, "/a/../b/./file")),
  sftp(19, "a link to el"),
  withAttributes(sftp(9, "file")),
  withAttributes(sftp(14, "folder")),
  sftp(17, "nothing, then"),
  sftp(18, "from", "to"),
  sftp(20, "target", "link"),
  ...["statvfs@openssh.com", "expand-path@openssh.com"].map((name) => extended(name, encode("~/x"))),
  ...["posix-rename@openssh.com", "hardlink@openssh.com"].map((name) => extended(name, encode("a", "b"))),
  extended("lsetstat@openssh.com", Buffer.concat([encode("file"), uint32(4), uint32(0o600)])),
  extended("limits@openssh.com", Buffer.of()),
  extended("home-directory", encode("user")),
  extended("users-groups-by-id@openssh.com", encode(uint32(7), Buffer.concat([uint32(300), uint32(2)]))),
];
const sftpSessions = [plainFiles, folders, paths].map((packets) => join([init, ...packets]));

// TPM key files, without their PEM.
const policyCommand = sequence(tagged(0, integer("017f")), tagged(1, octets(point)));
const slot = metadata().keyslots[0];
const luksMetadata = [
  metadata(),
  { ...metadata(), tokens: { "0": { type: "systemd-tpm2", keyslots: ["0"], "tpm2-blob": "AA\\/=" } } },
  { ...metadata(), config: { requirements: { mandatory: ["online-reencrypt-v2"] } } },
  { ...metadata(), keyslots: { "1": { ...slot, kdf: { type: "pbkdf2", iterations: 1000 } } } },
];
const askRequest = text(
  "[Ask]",
  "PID=460",
  "Socket=/run/systemd/ask-password/sck.9f17d5958e4d9091",
  "AcceptCached=1",
  "NotAfter=1234567",
  "Message=Please enter passphrase for disk cryptroot:",
  "Id=cryptsetup:/dev/disk/by-label/my\\x20disk\\n\\101",
);

const tpmParts = [octets(Buffer.of(0, 3, 1, 2, 3)), octets(Buffer.of(0, 2, 4, 5))];
const tpmOwner = integer("40000001");
/** Public areas, and statements, as TPM 2.0 Part 2 has them. */
const areas = [
  "0023000b00030472000000060080004300100003001000086162636465666768000861626364656667680000".slice(0, -4),
  "0023000b0005007200000010001800 0b0003001000026162000261 62".replaceAll(" ", ""),
  "0001000b00060072000000100010080000000000000461626364",
  "0001000b00060072000461626364 0010 0014000b 0800 00010001 000461626364".replaceAll(" ", ""),
  "0008000b00000012000000100004 61626364".replaceAll(" ", ""),
].map((hex) => Buffer.from(hex, "hex"));
const state = "0004 61626364 0002 6162 0000000000000001 00000002 00000003 01 0000000000000004";
const statements = [
  `ff544347 8018 ${state} 00000001 000b 03 810000 0004 61626364`,
  `ff544347 8017 ${state} 0004 61626364 0002 6162`,
].map((hex) => Buffer.from(hex.replaceAll(" ", ""), "hex"));
const tpmResponses = [
  ...areas.map((area) => Buffer.concat([Buffer.of(4), area])),
  ...statements.map((statement) => Buffer.concat([Buffer.of(14), statement])),
  Buffer.concat([Buffer.of(128), Buffer.from("80010000000a00000922", "hex")]),
];

/** A part of a credential's header: filled up to eight bytes. */
const filled = (...parts: Uint8Array[]): Buffer => {
  const part = Buffer.concat(parts);
  return Buffer.concat([part, Buffer.alloc(-part.length & 7)]);
};

/** Numbers with the lowest byte first. */
const little = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [i, number_] of numbers.entries()) bytes.writeUInt32LE(number_ >>> 0, 4 * i);
  return bytes;
};

/** A key that signs states, as far as its form goes. */
const stateKey = sequence(
  sequence(der(6, Buffer.from("2a864886f70d010101", "hex")), der(5)),
  der(0x03, Buffer.of(0), sequence(integer("c5".repeat(256)), integer("010001"))),
);
const statePem = pem("PUBLIC KEY", stateKey);

/** systemd's credentials of each kind, the TPM's part of them left empty. */
const sealedCredentials = [
  ["058469daf6f54324800549da0f8ea2fb", false, false],
  ["5a1c6a86df9d4096b1d5a65e0862f19a", false, false],
  ["0c7cc07b117645919c4b0bea08bc20fe", true, false],
  ["af4950a849134eb1a73846304ff30c05", true, true],
].map(([id, isTpm, isSigned]) => {
  const pcrs = [little(0x81, 0, (0x23 << 16) | 0x0b, 6, 32), Buffer.alloc(6), Buffer.alloc(32, 1)];
  return Buffer.concat([
    filled(Buffer.from(id as string, "hex"), little(32, 1, 12, 16), Buffer.alloc(12, 7)),
    isTpm ? filled(...pcrs) : Buffer.of(),
    isSigned ? filled(little(1 << 11, 0, statePem.length), statePem) : Buffer.of(),
    filled(little(1, 1, -1, -1, 4), Buffer.from("name")),
    Buffer.from("secret"),
    Buffer.alloc(16),
  ]);
});

const signedState = { pcrs: [11], pkfp: "00".repeat(32), pol: "00".repeat(32), sig: "c2ln" };
const machineStates = [
  text(JSON.stringify({ sha256: [signedState], sha1: [{ ...signedState, pcrs: [1, 2] }] })),
  text(JSON.stringify({ sha256: [{ ...signedState, pol: "11" }, { pkfp: "" }, 1] })),
  text("sha256:", `  0 : 0x${"A0".repeat(32)}`, `  7: ${"0b".repeat(32)}`, `23 ${"00".repeat(32)}`),
];

const tpmKeyFiles = [
  sequence(oid("2.23.133.10.1.3"), tagged(0, boolean(255)), tagged(4, utf8("comment")), tpmOwner, ...tpmParts),
  sequence(oid("2.23.133.10.1.4"), tagged(2, octets(Buffer.of(0, 1, 7))), integer("81000001"), ...tpmParts),
  sequence(oid("2.23.133.10.2"), tagged(1, sequence(policyCommand)), tagged(5, boolean(1)), tpmOwner, ...tpmParts),
  sequence(
    oid("2.23.133.10.1.5"),
    tagged(3, sequence(sequence(tagged(0, utf8("name")), tagged(1, sequence(policyCommand))))),
    tagged(9, octets()),
    tpmOwner,
    ...tpmParts,
  ),
];

// Keys of ECDSA and RSA to be imported.
const p256Curve = oid("1.2.840.10045.3.1.7");
const ecKey = (...more: Buffer[]): Buffer => sequence(integer("01"), octets(point), ...more);
const scalarPoint = Buffer.concat([Buffer.of(0, 4), point, Buffer.alloc(32)]); // as transparent-kernels.ts has it
const bigNumbers = [256, 3, 256, 128, 128].map((length) => integer("91".repeat(length)));
const rsaKey = sequence(
  integer("00"),
  bigNumbers[0]!,
  integer("010001"),
  ...bigNumbers.slice(2),
  ...bigNumbers.slice(2),
);
const privateKeyInfo = (algorithm: Buffer, key: Buffer): Buffer => sequence(integer("00"), algorithm, octets(key));
const rsaPublicKey = sequence(bigNumbers[0]!, integer("010001"));
const publicKeyInfo = (algorithm: Buffer, key: Buffer): Buffer =>
  pem("PUBLIC KEY", sequence(algorithm, der(3, Buffer.of(0), key)));
const plainKeys = [
  publicKeyInfo(sequence(oid("1.2.840.113549.1.1.1"), der(5)), rsaPublicKey),
  publicKeyInfo(sequence(oid("1.2.840.10045.2.1"), p256Curve), p256Point),
  pem("EC PRIVATE KEY", ecKey(tagged(0, p256Curve), tagged(1, der(3, scalarPoint)))),
  text("-----BEGIN EC PARAMETERS-----", "-----END EC PARAMETERS-----", `${pem("EC PRIVATE KEY", ecKey(p256Curve))}`),
  pem("RSA PRIVATE KEY", rsaKey),
  pem("PRIVATE KEY", privateKeyInfo(sequence(oid("1.2.840.113549.1.1.1"), der(5)), rsaKey)),
  pem("PRIVATE KEY", privateKeyInfo(sequence(oid("1.2.840.10045.2.1"), p256Curve), ecKey())),
  pem("PRIVATE KEY", privateKeyInfo(sequence(oid("1.3.101.112")), octets(point))),
  text("-----BEGIN RSA PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED", "-----END RSA PRIVATE KEY-----", ""),
  privateKeyFile("ecdsa-sha2-nistp256", encode("nistp256", scalarPoint.subarray(1)), point, false),
];

/** For each target, by its name. */
/** Merged folders, links of either kind, one file in another's place; and an archive ahead of it all. */
const initramfsSettings = [
  text("# the port", "SD_TINYSSH_PORT=22 # as usual", "", "SD_TINYSSH_COMMAND='echo it'\\''s \"$HOME\"; %h'", "A=", ""),
  text('A="one \\"word\\" \\$ \\n\\', 'and more"', "  B=a\\ b'c'\"d\"", "C=x#y", "D='a", "b'", "E=a\\", "b"),
  ...['A="$HOME"', "A=~", "A=`id`", "A=1;B", "A=1 2", "A", "A=1\nA=2", "A='", 'A="\\', "A=\\", "A=\0"].map((line) =>
    text(line),
  ),
];

const rootDevices = [
  "BOOT_IMAGE=/vmlinuz root=UUID=1-2 ro quiet",
  'root="LABEL=my disk" rootflags=subvol=@,x-systemd.device-timeout=0',
  "root=PARTLABEL='a/b' root=/dev/disk/by-label/\xc3\xa4",
  "root=/dev/mapper/root root=/dev/nfs root=PARTUUID= root=zfs:a",
].map((line) => Buffer.from(line, "latin1"));

const initramfsArchives = [
  [newc("early", "microcode"), trailer, Buffer.alloc(12)],
  [folder("usr"), folder("usr/bin"), link("bin", "usr/bin"), link("sbin", "/bin"), folder("etc")],
  [newc("usr/bin/busybox", "", { inode: 7, links: 2 }), newc("bin/sh", "#!", { inode: 7, links: 2 })],
  [newc("etc/passwd", "root:x:0:0::/root:/bin/sh\n"), newc("etc/passwd", ""), folder("etc/passwd"), trailer],
].map((_, i, all) => Buffer.concat(all.slice(i).flat()));

export const specimens: Record<string, Buffer[]> = {
  messages: [...exchanges.flat(), ...harmless, service, ...logins, ...connection, ...answers],
  base64: ["", "AA==", "AAA=", "AAAA", "+/+/", "QQ=="].map((line) => text(line)),
  pem: [pem("OPENSSH PRIVATE KEY", point), pem("X", Buffer.of()), text("text", "", "-----BEGIN X-----", "AA==")],
  "name-list": [text("a,b,c", "b", "d", "a"), text("", ""), text(",", "", "a"), text(curve, "ext-info-c", "none")],
  mpint: [Buffer.of(), Buffer.of(0, 128), Buffer.of(1), Buffer.of(0), Buffer.of(128), Buffer.of(0, 1)],
  "private-key": [
    privateKey("ssh-ed25519", point, pair, false),
    privateKey("ssh-ed25519", point, pair, true),
    privateKeyFile("ecdsa-sha2-nistp256", encode("nistp256", p256Pair), point, false),
    text("PuTTY-User-Key-File-3: ssh-ed25519", ""),
    text("ssh-ed25519 AAAA", ""),
    pem("ENCRYPTED PRIVATE KEY", point),
    pem("RSA PRIVATE KEY", point),
  ],
  "key-folder": [
    Buffer.concat([Buffer.of(0), encode(point), pair]),
    Buffer.concat([Buffer.of(1), encode(p256Pair), point]),
  ],
  credential: [
    ...keys.map((key, i) => encode(key, signatures[i]!)),
    ...certificates.map((blob) => encode(blob, goodEd25519)),
  ],
  "authorized-keys": [
    text(line, "# a comment", "", "ssh-rsa AAAA other"),
    ...[
      "restrict,pty",
      'command="ls \\"a b\\"",no-pty',
      'from="127.0.0.0/8,!10.*,::1"',
      'from="192.0.2.?"',
      'expiry-time="20300101"',
      'expiry-time="202001011200Z"',
      "cert-authority",
      'cert-authority,principals="user,other"',
      'permitopen="localhost:80",permitopen="[::1]:*",permitlisten="22"',
      "no-touch-required,verify-required,agent-forwarding,port-forwarding,user-rc",
      'environment="A=b"',
      'tunnel="1"',
    ].map((options) => text(`${options} ${line}`)),
  ],
  "revoked-keys": [
    text(line),
    text(`ssh-ed25519-cert-v01@openssh.com ${certificates[0]!.toString("base64")}`),
    krl(),
    krl([2, encode(ed25519)], [5, encode(Buffer.alloc(32))]),
    krl([1, certified([0x20, Buffer.alloc(8, 9)])]),
    krl([1, certified([0x21, Buffer.concat([Buffer.alloc(8), Buffer.alloc(8, 255)])])], [4, encode(ed25519)]),
    krl([1, certified([0x22, Buffer.concat([Buffer.alloc(8), encode(Buffer.of(2, 0))])], [0x23, encode("name")])]),
  ],
  addresses: [
    text("192.0.2.7", "192.0.2.0/24,!192.0.2.7"),
    text("2001:db8::1", "2001:db8::/32,10.*"),
    text("::ffff:127.0.0.1", "127.0.0.1"),
    text("fe80::1:0:0:1", "FE80:*"),
  ],
  grant: [
    Buffer.concat([uint32(7), Buffer.of(0), uint32(0), encode("ssh-ed25519 SHA256:x")]),
    Buffer.concat([uint32(1), Buffer.of(1), encode("ls"), uint32(1), encode("localhost"), uint32(80), encode("x")]),
  ],
  framing: [
    join([Buffer.of(0, 20), Buffer.from("\0a payload"), Buffer.of(3, 7), Buffer.from("\0another"), Buffer.of(2, 9, 9)]),
    join([Buffer.of(3, 6), Buffer.alloc(300), Buffer.of(2, 200, 1)]),
    join([Buffer.from("010000000c0a050000000000000000000000", "hex")]),
  ],
  "before-keys": [
    ...exchanges.map((messages) => join([greeting, ...messages.map(say), say(service), say(logins[2]!)])),
    ...["SSH-1.99-x\n", "SSH-2.0-\r\n", "GET / HTTP/1.1\r\n", `SSH-2.0-${"x".repeat(300)}\n`].map((line) =>
      join([bytes(line)]),
    ),
    join([greeting, ...harmless.map(say), ...exchanges[0]!.map(say)]),
  ],
  "before-login": [
    ...logins.map((request) => join([say(service), say(request), say(open(0))])),
    join(harmless.map(say)),
    join([wait(30_000), say(service), wait(30_000)]),
  ],
  "after-login": [
    ...sessions.map((records) => join(records)),
    join(connection.map(say)),
    join([say(open(7, 10, 100)), say(request(0, "shell")), child(OUTPUT, 0, 0, 50), child(DIES, 0, 1), ...ended]),
    join([
      say(open(1)),
      say(request(0, "exec", "cat")),
      child(ROOM, 0, 2, 4),
      say(data),
      say(data),
      child(ROOM, 0, 1),
      say(data),
    ]),
    join([say(open(1)), say(data), say(request(0, "exec", "refuse")), say(request(0, "shell"))]),
    join([
      wait(900_000),
      say(message(number.REQUEST_FAILURE)),
      wait(900_000),
      wait(900_000),
      wait(900_000),
      wait(900_000),
    ]),
    ...exchanges.map((messages) =>
      join([...messages.map(say), say(open(0)), say(message(number.PING, "")), wait(3_600_000)]),
    ),
  ],
  rekeying: exchanges
    .slice(0, 3)
    .map((messages) =>
      join([
        ...Array.from({ length: 10 }, () => say(message(number.PING, ""))),
        ...messages.map(say),
        ...connection.map(say),
      ]),
    ),
  monitor: [
    join(privileged),
    join([sign, sign]),
    join([sign, message(2, "user", ed25519, false, goodEd25519), sign, message(7, 9, 1, "")]),
    join([enter]),
  ],
  "monitor-answers": [
    message(1, goodEd25519),
    message(2, true),
    message(3, 1, 7),
    message(4, 1, 15, true),
    Buffer.concat([Buffer.of(6, 1), grantOfAll]),
  ],
  agent: [
    Buffer.concat([Buffer.of(2), encode(message(13, ed25519, "message", 0)), encode(message(14, goodEd25519))]),
    Buffer.concat([Buffer.of(63), encode(Buffer.of(5)), uint32(0)]),
  ],
  "agent-requests": agentSessions.map((records) => join(records)),
  sftp: sftpSessions,
  "sftp-read-only": sftpSessions,
  "plain-key": plainKeys,
  "tpm-key-file": tpmKeyFiles,
  "tpm-response": tpmResponses,
  "sealed-credential": sealedCredentials,
  "machine-state": machineStates,
  "luks-header": [luks2(metadata()), luks1()],
  "luks-metadata": luksMetadata.map((json) => text(JSON.stringify(json))),
  "ask-request": [askRequest],
  "initramfs-archive": initramfsArchives,
  "initramfs-settings": initramfsSettings,
  "root-device": rootDevices,
  "unified-kernel": [unifiedKernel({ ".cmdline": text("quiet"), ".initrd": text("image") })],
};
