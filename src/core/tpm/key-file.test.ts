import { test } from "node:test";
import assert from "node:assert/strict";
import { boolean, der, integer, octets, oid, pem, sequence, tagged, utf8 } from "../../../test/support/der.ts";
import { fromPem } from "../pem/pem.ts";
import { IMPORTABLE, LOADABLE, NamedPolicy, PolicyCommand, SEALED, TpmKeyFile } from "./key-file.ts";

const LABEL = "TSS2 PRIVATE KEY";
const loadable = oid("2.23.133.10.1.3");

/** Files of ssh-tpm-agent 0.8: a key without a PIN, one with a PIN, and one to be imported. */
const withoutPin = `-----BEGIN TSS2 PRIVATE KEY-----
MIIBAAYGZ4EFCgEDoAMBAf+kDgwMYy10ZWNkc2FiMjU2AgRAAAABBFgAVgAjAAsA
BgByAAAAEAAQAAMAEAAg5FbELRJ+R2JoRC9uqtFx0KOUC+tQ7DgKzLJbNF245e0A
IJqT140fQNjbvtCEtT+tzbtWQ1zOua1fU5Sd6Q8N2ovMBIGAAH4AIH8fqvQuUHv3
+efMOvD93GBKTF8VJLuq1YYjIVPk3/oBABDO/Qgkbv8VLkALVqfALHzIegOvD8Zg
oARuI+F4EKLEFb+VRzqWOUIXts3bdGPRlqOgd0OiZdZ89gXPie35lQhYil/H9gDI
otVPug0PlFbI4G6NrvbvpazK/ZY=
-----END TSS2 PRIVATE KEY-----
`;
const withPin = `-----BEGIN TSS2 PRIVATE KEY-----
MIH2BgZngQUKAQOkCQwHd2l0aHBpbgIEQAAAAQRYAFYAIwALAAYAcgAAABAAEAAD
ABAAIFdCdRa2gbwwEW/Lo5eXKwSSo3FPi1loQRg812/Y1iBKACAAzv5mZZ58IqOg
rkxhDBEL4g5ar0bAfNpornwRBSl3qQSBgAB+ACCUpjh37YLvnWoI6YsYedB/5QOI
iVC7bl3go8lqTLdvZwAQwe5B1FrPBwjhO+f7MadCLa0rrPlWLmyxNpkKIpof9EI5
W4N5okebLJDOpHjpjB4SttGeM+ClgHYdCY3mdXWyARiO0rmKV0jFKZBHSbmQjKIb
g3xR6akT1/Cp
-----END TSS2 PRIVATE KEY-----
`;
const importable = `-----BEGIN TSS2 PRIVATE KEY-----
MIIBEgYGZ4EFCgEEoAMBAf+iSARGAEQAIFx5Mgju681stE3iDF9tDVs5KCQ5iLb6
Q2VG3RuXSCpFACDXmT4ynbtQGxlXFFqd608zHJe+wuLd2kq1/GCcAoFs0qQJDAdy
b290QHZtAgRAAAABBFgAVgAjAAsABgBAAAAAEAAQAAMAEAAgk8epdyTrcLcZ3aHL
yimZGREvyawn5eSxNHrfQyIEl58AIAu03RXaat4ZEfH2u6itqJHYfVyiPAMcI3Vd
zAfyPhlNBE4ATAAgmXVGVtDHZ83dqqG/xMIuepw6h+T4uI3srgR8/jAh5JRVjKQg
qcKFr2Alacl6xOrQJ+llFxPXIAKv2rutkN/D1yyKretisT8Q6SA=
-----END TSS2 PRIVATE KEY-----
`;

/** The same file with its lack of an empty PIN said, behind a header of 3 bytes and an identifier of 8. */
function marked(file: string): string {
  const { label, bytes } = fromPem(Buffer.from(file));
  return text(pem(label, sequence(bytes.subarray(3, 11), tagged(0, boolean(0)), bytes.subarray(11))));
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const sized = (bytes: Uint8Array): Buffer => octets(Buffer.of(bytes.length >> 8, bytes.length & 255), bytes);
const publicArea = Buffer.from("a public area");
const privateArea = Buffer.alloc(300, 7);
const parts = [sized(publicArea), sized(privateArea)];
const owner = integer("40000001");

const parse = (...contents: Uint8Array[]): TpmKeyFile => TpmKeyFile.parse(pem(LABEL, sequence(...contents)));

function good(file: TpmKeyFile): TpmKeyFile {
  assert.equal(file.fault, "");
  return file;
}

test("files of the original are read, and written as they were, but for the mark of a PIN", () => {
  for (const [original, type, emptyAuth, comment] of [
    [withoutPin, LOADABLE, true, "c-tecdsab256"],
    [withPin, LOADABLE, false, "withpin"],
    [importable, IMPORTABLE, true, "root@vm"],
  ] as const) {
    const file = good(TpmKeyFile.parse(Buffer.from(original)));
    assert.equal(file.type, type);
    assert.equal(file.emptyAuth, emptyAuth);
    assert.equal(text(file.description), comment);
    assert.equal(file.parent, 0x40000001);
    assert.equal(file.publicArea.length, 86);
    assert.equal(file.privateArea.length, type === IMPORTABLE ? 76 : 126);
    assert.equal(file.secret.length, type === IMPORTABLE ? 68 : 0);
    assert.equal(text(file.encode()), emptyAuth ? original : marked(original));
  }
});

test("every field is kept from one writing to the next", () => {
  const file = new TpmKeyFile();
  file.type = SEALED;
  file.emptyAuth = true;
  file.policy.push(new PolicyCommand(0x17f, Buffer.alloc(40, 1)), new PolicyCommand(0x16b, Buffer.of()));
  file.authPolicies.push(
    new NamedPolicy(Buffer.from("kernel 6.12"), [new PolicyCommand(0x17f, Buffer.of(1, 2))]),
    new NamedPolicy(Buffer.of(), []),
  );
  file.secret = Buffer.alloc(200, 2);
  file.description = Buffer.from("a comment, naïve");
  file.rsaParent = true;
  file.parent = 0x81000001;
  file.publicArea = publicArea;
  file.privateArea = privateArea;
  const policy = sequence(
    sequence(tagged(0, integer("017f")), tagged(1, octets(Buffer.alloc(40, 1)))),
    sequence(tagged(0, integer("016b")), tagged(1, octets())),
  );
  const expected = sequence(
    oid("2.23.133.10.1.5"),
    tagged(0, boolean(255)),
    tagged(1, policy),
    tagged(2, sized(Buffer.alloc(200, 2))),
    tagged(
      3,
      sequence(
        sequence(
          tagged(0, utf8("kernel 6.12")),
          tagged(1, sequence(sequence(tagged(0, integer("017f")), tagged(1, octets(Buffer.of(1, 2)))))),
        ),
        sequence(tagged(1, sequence())),
      ),
    ),
    tagged(4, utf8("a comment, naïve")),
    tagged(5, boolean(255)),
    integer("81000001"),
    ...parts,
  );
  assert.equal(text(file.encode()), text(pem(LABEL, expected)));
  const again = good(TpmKeyFile.parse(file.encode()));
  assert.equal(text(again.encode()), text(file.encode()));
  assert.equal(again.policy.length, 2);
  assert.equal(text(again.authPolicies[0]!.name), "kernel 6.12");
});

test("the forms of other programs are read", () => {
  assert.ok(!good(parse(loadable, owner, ...parts)).emptyAuth);
  for (const value of [1, 0x7f, 255])
    assert.ok(good(parse(loadable, tagged(0, boolean(value)), owner, ...parts)).emptyAuth);
  assert.ok(!good(parse(loadable, tagged(0, boolean(0)), owner, ...parts)).emptyAuth);
  assert.equal(good(parse(oid("2.23.133.10.2"), owner, ...parts)).type, LOADABLE);
  assert.equal(good(parse(loadable, der(2, Buffer.from("81000001", "hex")), ...parts)).parent, 0x81000001);
  assert.equal(good(parse(loadable, integer("81000001"), ...parts)).parent, 0x81000001);
  const later = good(
    parse(loadable, tagged(4, utf8("c")), tagged(6, octets()), tagged(29, sequence()), owner, ...parts),
  );
  assert.equal(text(later.description), "c");
  assert.equal(text(good(parse(loadable, owner, ...parts, octets())).publicArea), "a public area");
});

test("what is no key file is refused with what it is instead", () => {
  const fault = (what: string | Uint8Array): string => TpmKeyFile.parse(Buffer.from(what)).fault;
  assert.match(fault(""), /no TPM key/);
  assert.match(fault("ssh-ed25519 AAAA"), /no TPM key/);
  assert.match(fault(pem("OPENSSH PRIVATE KEY", Buffer.of(1))), /it is a PEM OPENSSH PRIVATE KEY/);
  assert.match(fault(withPin.slice(0, 200)), /END is missing/);
  assert.match(fault(withPin.replace("MIH2", "MIH3")), /damaged/);
  const cases: [RegExp, ...Uint8Array[]][] = [
    [/type/, oid("2.23.133.10.1.6"), owner, ...parts],
    [/type/, oid("2.23.133.10.3"), owner, ...parts],
    [/structure/, octets()],
    [/field \[0\]/, loadable, tagged(0, boolean(1), boolean(1)), owner, ...parts],
    [/field \[0\]/, loadable, tagged(0, octets()), owner, ...parts],
    [/field \[1\]/, loadable, tagged(1, octets()), owner, ...parts],
    [/field \[1\]/, loadable, tagged(1, sequence(sequence(tagged(0, integer("01"))))), owner, ...parts],
    [/field \[1\]/, loadable, tagged(1, sequence(), sequence()), owner, ...parts],
    [/field \[2\]/, loadable, tagged(2, octets(Buffer.of(0, 2, 1))), owner, ...parts],
    [/field \[3\]/, loadable, tagged(3, sequence(sequence())), owner, ...parts],
    [/field \[3\]/, loadable, tagged(3, sequence(octets())), owner, ...parts],
    [/field \[4\]/, loadable, tagged(4, octets()), owner, ...parts],
    [/field \[6\]/, loadable, tagged(6), owner, ...parts],
    [/parent/, loadable, tagged(4, utf8("c")), tagged(0, boolean(255)), owner, ...parts],
    [/parent/, loadable, ...parts],
    [/parent/, loadable, integer("0100000000"), ...parts],
    [/public/, loadable, owner],
    [/public/, loadable, owner, parts[0]!],
    [/public/, loadable, owner, octets(Buffer.of(0, 1)), parts[1]!],
    [/public/, loadable, owner, octets(Buffer.of(0, 0)), parts[1]!],
  ];
  for (const [expected, ...contents] of cases) assert.match(parse(...contents).fault, expected);
});

test("a file cut short anywhere is refused", () => {
  const whole = sequence(loadable, tagged(0, boolean(255)), tagged(4, utf8("c")), owner, ...parts);
  for (let length = 0; length < whole.length; length++)
    assert.match(TpmKeyFile.parse(pem(LABEL, whole.subarray(0, length))).fault, /damaged/, `${length} bytes`);
});

test("a comment and the parent's name stand before the block, and are found there", () => {
  const file = good(TpmKeyFile.parse(Buffer.from(withPin)));
  assert.ok(!file.describedBefore);
  const inside = text(file.encode());
  file.describedBefore = true;
  file.parentName = Buffer.alloc(34, 171);
  const written = text(file.encode());
  assert.ok(written.startsWith(`Comment: withpin\nParent name: ${"ab".repeat(34)}\n-----BEGIN`));
  for (const form of [written, written.replaceAll("\n", "\r\n"), `words\n${written}words\n`]) {
    const again = good(TpmKeyFile.parse(Buffer.from(form)));
    assert.equal(text(again.description), "withpin");
    assert.ok(again.describedBefore);
    assert.equal(text(again.encode()), written);
  }
  // What follows the block says nothing; what isn't one line stays within it.
  assert.equal(text(good(TpmKeyFile.parse(Buffer.from(`${inside}Comment: other\n`))).description), "withpin");
  for (const comment of ["two\nlines", "a tab\t", "blank "]) {
    file.description = Buffer.from(comment);
    assert.ok(text(file.encode()).startsWith("Parent name"));
    assert.equal(text(good(TpmKeyFile.parse(file.encode())).description), comment);
  }
  assert.match(TpmKeyFile.parse(Buffer.from(`Parent name: xy\n${inside}`)).fault, /hexadecimal/);
});
