/**
 * TPM keys in files: `TSS2 PRIVATE KEY`, an ASN.1 structure in PEM (J. Bottomley, "ASN.1 Specification for TPM 2.0 Key
 * Files", which is also what tpm2-openssl, tpm2-tools and systemd go by). The private part is encrypted by the TPM that
 * it is for; nothing in a file is secret.
 *
 * Read are the forms that the programs in use write: a BOOLEAN that is true by any value, the object identifier of
 * older files, and fields of later versions, which are passed over. Written is the one form that all of them read.
 *
 * Left out on purpose: whether the parent exists and what the areas say, which is the TPM's to know.
 */
import { EMPTY, copyOf, equal } from "../bytes/bytes.ts";
import { fromHex, toHex } from "../bytes/hex.ts";
import { ascii, startsWithText } from "../bytes/text.ts";
import {
  BOOLEAN,
  DerReader,
  explicit,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  UTF8_STRING,
} from "../der/der-reader.ts";
import { DerWriter } from "../der/der-writer.ts";
import { oid } from "../der/object-identifier.ts";
import { fromPem, lineAt, nextLine, toPem } from "../pem/pem.ts";
import { Writer } from "../wire/writer.ts";

/** More than any key file has: those with an RSA key of 4096 bits are of some 2000 bytes. */
export const TPM_KEY_FILE_BYTES: i32 = 65536;

/** What the file is for: a key or data to be loaded as they are, or a key to be imported first. */
export const LOADABLE: i32 = 0;
export const IMPORTABLE: i32 = 1;
export const SEALED: i32 = 2;

const LINE_FEED: u8 = 10;
const BLANK: u8 = 32;
const DELETE: u8 = 127;

const LABEL: string = "TSS2 PRIVATE KEY";
const COLUMNS: i32 = 64;

/** What lines before the PEM block begin with: other programs pass over them (RFC 7468 section 2). */
const PARENT_NAME: string = "Parent name: ";
const COMMENT: string = "Comment: ";

/** The fields that need not be there. */
const EMPTY_AUTH: i32 = 0;
const POLICY: i32 = 1;
const SECRET: i32 = 2;
const AUTH_POLICY: i32 = 3;
const DESCRIPTION: i32 = 4;
const RSA_PARENT: i32 = 5;
const LAST_FIELD: i32 = 30;

/** TPM_RH_OWNER, TPM 2.0 part 2 section 7.4. */
const OWNER: u32 = 0x40000001;

/** In the order of the types above; and what older programs wrote for a loadable key. */
const TYPES: Uint8Array[] = [oid("2.23.133.10.1.3"), oid("2.23.133.10.1.4"), oid("2.23.133.10.1.5")];
const FORMER_LOADABLE: Uint8Array = oid("2.23.133.10.2");

/** One command of a policy, as the TPM is to be told it before the key can be used. */
export class PolicyCommand {
  /** TPM_CC, e.g. TPM2_PolicyPCR. */
  code: u32;
  /** The command's handles and parameters as its standard form has them, without the policy session's handle. */
  parameters: Uint8Array;

  constructor(code: u32, parameters: Uint8Array) {
    this.code = code;
    this.parameters = parameters;
  }
}

/** A policy that whoever holds a signing key has approved: for a key whose policy is TPM2_PolicyAuthorize. */
export class NamedPolicy {
  /** UTF-8; may be empty. */
  name: Uint8Array;
  policy: PolicyCommand[];

  constructor(name: Uint8Array, policy: PolicyCommand[]) {
    this.name = name;
    this.policy = policy;
  }
}

export class TpmKeyFile {
  /** What is wrong with the file, and what to do; empty if nothing is. */
  fault: string = "";
  type: i32 = LOADABLE;
  /** True if the key has no PIN. */
  emptyAuth: bool = false;
  policy: PolicyCommand[] = new Array<PolicyCommand>();
  authPolicies: NamedPolicy[] = new Array<NamedPolicy>();
  /** Of an importable key: TPM2B_ENCRYPTED_SECRET's content. */
  secret: Uint8Array = EMPTY;
  /** The comment, in UTF-8. */
  description: Uint8Array = EMPTY;
  /**
   * The comment stands in a line before the PEM block, not in field [4], where ssh-tpm-agent has it: tpm2-openssl and
   * tpm2-tools refuse files with that field.
   */
  describedBefore: bool = false;
  /** True if the parent, a hierarchy, means the primary key of its RSA template rather than of the ECC one. */
  rsaParent: bool = false;
  /** A hierarchy's handle, or a persistent key's. */
  parent: u32 = OWNER;
  /**
   * The parent's name, if the file says it: a line before the PEM block, which other programs pass over. Who holds a file
   * can tell by it whether a TPM is the right one.
   */
  parentName: Uint8Array = EMPTY;
  /** The name of the parent under which the key was loaded before: what counts where the file says none. Not in the file. */
  provenParent: Uint8Array = EMPTY;
  /** TPMT_PUBLIC. */
  publicArea: Uint8Array = EMPTY;
  /** TPM2B_PRIVATE's content. */
  privateArea: Uint8Array = EMPTY;

  /** Reads the whole of a file; what is wrong with it is in `fault`. */
  static parse(text: Uint8Array): TpmKeyFile {
    const file = new TpmKeyFile();
    const pem = fromPem(text);
    if (pem.label.length == 0) file.fault = `it is no TPM key: there is no line -----BEGIN ${LABEL}-----`;
    else if (pem.label != LABEL) file.fault = `it is a PEM ${pem.label}, not a ${LABEL}`;
    else if (pem.bad) file.fault = "damaged: its lines between BEGIN and END are not base64, or END is missing";
    else file.fault = file.read(pem.bytes);
    file.readLines(text, pem.start);
    return file;
  }

  /** Reads the lines before the PEM block, which begins at `end`. */
  private readLines(text: Uint8Array, end: i32): void {
    for (let at = 0; at < end; at = nextLine(text, at)) {
      const line = lineAt(text, at);
      if (startsWithText(line, COMMENT)) {
        this.description = own(line.subarray(COMMENT.length));
        this.describedBefore = true;
      }
      if (!startsWithText(line, PARENT_NAME)) continue;
      const name = fromHex(line.subarray(PARENT_NAME.length));
      if (name != null) this.parentName = name;
      else if (this.fault.length == 0)
        this.fault = "damaged: the name of the key's parent is not in hexadecimal digits";
    }
  }

  private read(bytes: Uint8Array): string {
    const outer = new DerReader(bytes);
    const r = outer.inner(SEQUENCE);
    const type = r.element(OBJECT_IDENTIFIER);
    if (r.bad || !outer.ok()) return "damaged: it is not the structure of a TPM key";
    this.type = typeOf(type);
    if (this.type < 0) return "its type is not one of loadable, importable and sealed";
    // Any of the fields may be missing, but they come in their order.
    for (let field = 0; field <= LAST_FIELD; field++) {
      if (r.tag() == explicit(field) && !this.readField(r, field)) return `damaged: its field [${field}] is not right`;
    }
    this.parent = readHandle(r);
    if (r.bad) return "damaged: it does not say rightly what the key's parent is";
    this.publicArea = sized(r.element(OCTET_STRING));
    this.privateArea = sized(r.element(OCTET_STRING));
    if (this.publicArea.length == 0 || this.privateArea.length == 0)
      return "damaged: its public or its private part is not right";
    return "";
  }

  /** False if the field is not as it must be. One that isn't known is passed over. */
  private readField(outer: DerReader, field: i32): bool {
    const r = outer.inner(explicit(field));
    if (field == EMPTY_AUTH) this.emptyAuth = readBoolean(r);
    else if (field == POLICY) readPolicy(r.inner(SEQUENCE), this.policy, r);
    else if (field == SECRET) this.secret = readSecret(r);
    else if (field == AUTH_POLICY) this.readAuthPolicies(r);
    else if (field == DESCRIPTION) this.description = own(r.element(UTF8_STRING));
    else if (field == RSA_PARENT) this.rsaParent = readBoolean(r);
    else r.skip();
    return r.ok();
  }

  private readAuthPolicies(outer: DerReader): void {
    const r = outer.inner(SEQUENCE);
    while (r.tag() != 0 && !outer.bad) {
      const one = r.inner(SEQUENCE);
      let name = EMPTY;
      if (one.tag() == explicit(0)) name = own(readOnly(one, explicit(0), UTF8_STRING));
      const policy = new Array<PolicyCommand>();
      const tagged = one.inner(explicit(1));
      readPolicy(tagged.inner(SEQUENCE), policy, tagged);
      if (!one.ok() || !tagged.ok()) outer.bad = true;
      this.authPolicies.push(new NamedPolicy(name, policy));
    }
    if (!r.ok()) outer.bad = true;
  }

  /** The file, as text. */
  encode(): Uint8Array {
    const w = new DerWriter();
    w.element(OBJECT_IDENTIFIER, TYPES[this.type]);
    writeBoolean(w, EMPTY_AUTH, this.emptyAuth); // where it is missing, tpm2-openssl takes it for true
    if (this.policy.length > 0) writeTagged(w, POLICY, SEQUENCE, policyOf(this.policy).written());
    if (this.secret.length > 0) writeTagged(w, SECRET, OCTET_STRING, withSize(this.secret));
    if (this.authPolicies.length > 0) {
      const all = new DerWriter();
      for (let i = 0; i < this.authPolicies.length; i++) {
        const one = new DerWriter();
        const name = this.authPolicies[i].name;
        if (name.length > 0) writeTagged(one, 0, UTF8_STRING, name);
        writeTagged(one, 1, SEQUENCE, policyOf(this.authPolicies[i].policy).written());
        all.constructed(SEQUENCE, one);
      }
      writeTagged(w, AUTH_POLICY, SEQUENCE, all.written());
    }
    const before = this.describedBefore && isLine(this.description);
    if (this.description.length > 0 && !before) writeTagged(w, DESCRIPTION, UTF8_STRING, this.description);
    if (this.rsaParent) writeBoolean(w, RSA_PARENT, true);
    w.uint32(this.parent);
    w.element(OCTET_STRING, withSize(this.publicArea));
    w.element(OCTET_STRING, withSize(this.privateArea));
    const whole = new DerWriter();
    whole.constructed(SEQUENCE, w);
    const text = new Writer(2048);
    if (before && this.description.length > 0) {
      text.raw(ascii(COMMENT));
      text.raw(this.description);
      text.byte(LINE_FEED);
    }
    if (this.parentName.length > 0) text.raw(ascii(PARENT_NAME + toHex(this.parentName) + "\n"));
    text.raw(toPem(LABEL, whole.written(), COLUMNS));
    return text.written();
  }
}

/** True if a comment comes back as it was when it stands in a line of its own. */
function isLine(comment: Uint8Array): bool {
  for (let i = 0; i < comment.length; i++) {
    if (comment[i] < BLANK || comment[i] == DELETE) return false;
  }
  return comment.length == 0 || comment[comment.length - 1] != BLANK;
}

/** -1 if it is none that is known. */
function typeOf(type: Uint8Array): i32 {
  if (equal(type, FORMER_LOADABLE)) return LOADABLE;
  for (let i = 0; i < TYPES.length; i++) if (equal(type, TYPES[i])) return i;
  return -1;
}

function own(bytes: Uint8Array): Uint8Array {
  return copyOf(bytes, 0, bytes.length);
}

/** What alone is within a tagged field. */
function readOnly(outer: DerReader, field: i32, tag: i32): Uint8Array {
  const r = outer.inner(field);
  const contents = r.element(tag);
  if (!r.ok()) outer.bad = true;
  return contents;
}

/** OpenSSL writes 1 for true where DER has 255. */
function readBoolean(r: DerReader): bool {
  const value = r.element(BOOLEAN);
  if (value.length != 1) r.bad = true;
  return value.length == 1 && value[0] != 0;
}

function readSecret(r: DerReader): Uint8Array {
  const secret = r.element(OCTET_STRING);
  const content = sized(secret);
  if (content.length == 0 && secret.length != 2) r.bad = true;
  return content;
}

/** Programs of 32 bits wrote handles from 0x80000000 on as negative numbers. */
function readHandle(r: DerReader): u32 {
  const handle = r.element(INTEGER);
  const padded = handle.length == 5 && handle[0] == 0 && handle[1] >= 128;
  if (handle.length == 0 || (handle.length > 4 && !padded)) r.bad = true;
  let value: u32 = 0;
  for (let i = 0; i < handle.length && !r.bad; i++) value = ((value << 8) | (handle[i] as u32)) >>> 0;
  return value;
}

/** The content of a TPM2B structure that is all of `bytes`; empty if it isn't. */
function sized(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 2 || (((bytes[0] as i32) << 8) | (bytes[1] as i32)) != bytes.length - 2) return EMPTY;
  return copyOf(bytes, 2, bytes.length - 2);
}

function withSize(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 2);
  bytes[0] = (content.length >> 8) as u8;
  bytes[1] = (content.length & 255) as u8;
  bytes.set(content, 2);
  return bytes;
}

/** Reads a policy's commands; `outer` becomes bad if they are not right. */
function readPolicy(r: DerReader, policy: PolicyCommand[], outer: DerReader): void {
  while (r.tag() != 0) {
    const command = r.inner(SEQUENCE);
    const tagged = command.inner(explicit(0));
    const code = tagged.uint32();
    const parameters = readOnly(command, explicit(1), OCTET_STRING);
    if (!tagged.ok() || !command.ok()) r.bad = true;
    policy.push(new PolicyCommand(code, own(parameters)));
  }
  if (!r.ok()) outer.bad = true;
}

function policyOf(policy: PolicyCommand[]): DerWriter {
  const w = new DerWriter();
  for (let i = 0; i < policy.length; i++) {
    const code = new DerWriter();
    code.uint32(policy[i].code);
    const command = new DerWriter();
    command.constructed(explicit(0), code);
    writeTagged(command, 1, OCTET_STRING, policy[i].parameters);
    w.constructed(SEQUENCE, command);
  }
  return w;
}

function writeTagged(w: DerWriter, field: i32, tag: i32, contents: Uint8Array): void {
  const inner = new DerWriter();
  inner.element(tag, contents);
  w.constructed(explicit(field), inner);
}

function writeBoolean(w: DerWriter, field: i32, value: bool): void {
  const inner = new DerWriter();
  inner.boolean(value);
  w.constructed(explicit(field), inner);
}
