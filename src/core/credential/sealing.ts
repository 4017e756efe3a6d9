/**
 * The other way of tpm-unsealing.ts: has a TPM seal the secret that a credential's key is made of, or wraps it for another
 * TPM, which need not be at hand. Only who makes credentials needs this.
 */
import { concat, EMPTY, wipe } from "../bytes/bytes.ts";
import { hasCurve } from "../tpm/capability.ts";
import { Create, CreatePrimary } from "../tpm/command/object.ts";
import { FlushContext } from "../tpm/command/session.ts";
import {
  ALG_ECC,
  ALG_KEYEDHASH,
  ALG_RSA,
  CURVE_P256,
  FIXED_PARENT,
  FIXED_TPM,
  NO_DA,
  RH_OWNER,
} from "../tpm/constants.ts";
import { Entity } from "../tpm/entity.ts";
import { DIGEST_BYTES, sha256 } from "../tpm/key-derivation.ts";
import { TpmLink } from "../tpm/link.ts";
import { PcrSelection } from "../tpm/pcr-selection.ts";
import { PcrValues } from "../tpm/pcr-values.ts";
import { AuthorizeCondition, Condition, PcrCondition, policyDigest } from "../tpm/policy.ts";
import { wrapForImport } from "../tpm/protection.ts";
import { nameOf, PublicArea } from "../tpm/public-area.ts";
import { SUCCESS, UNSUITABLE } from "../tpm/response-code.ts";
import { SE_HMAC, Session } from "../tpm/session.ts";
import { Signature } from "../tpm/signature.ts";
import { Tpm } from "../tpm/tpm.ts";
import { Writer } from "../wire/writer.ts";
import { CredentialHeader } from "./header.ts";
import { SigningKey } from "./signing-key.ts";
import { credentialRoot, sealedArea } from "./templates.ts";

/** Bytes of the secret, as systemd has it. */
export const SECRET_BYTES: i32 = 32;

/** The policy that a header asks for. `values`: of its PCRs; `key`: its public key, if it has one. */
export function sealingPolicy(header: CredentialHeader, values: PcrValues, key: SigningKey | null): Uint8Array {
  const conditions = new Array<Condition>();
  if (key != null) conditions.push(new AuthorizeCondition(key.area, EMPTY, EMPTY, new Signature()));
  const pcrs = header.pcrs;
  if (pcrs != 0) conditions.push(new PcrCondition(values.digest(pcrs), PcrSelection.ofSha256(pcrs)));
  return policyDigest(conditions);
}

/** Has the TPM seal `secret` under the header's policy, and puts what comes of it there; returns the response code. */
export function sealWith(tpm: Tpm, header: CredentialHeader, secret: Uint8Array): u32 {
  header.parentType = hasCurve(tpm, CURVE_P256) ? ALG_ECC : ALG_RSA;
  const root = new CreatePrimary(Entity.permanent(RH_OWNER), credentialRoot(header.parentType));
  let code = tpm.execute(root, [null]);
  if (code != SUCCESS) return code;
  const parent = new Entity(root.handle, nameOf(root.publicArea));
  const area = PublicArea.decode(root.publicArea);
  const session = new Session(SE_HMAC);
  code = area == null ? UNSUITABLE : tpm.start(session, parent, area, null);
  if (code == SUCCESS) {
    const command = new Create(parent, sealedArea(FIXED_TPM | FIXED_PARENT | NO_DA, header.policy));
    command.data = secret;
    code = tpm.execute(command, [session]);
    if (code == SUCCESS) header.blob = blobOf(command.privateArea, command.publicArea, EMPTY);
    tpm.run(new FlushContext(session.entity.handle));
    session.wipe();
  }
  tpm.run(new FlushContext(parent.handle));
  return code;
}

/** Wraps `secret` for the TPM that has `parent`, and puts what comes of it into the header; false if it can't be done. */
export function sealFor(parent: PublicArea, header: CredentialHeader, secret: Uint8Array, link: TpmLink): bool {
  const seed = new Uint8Array(DIGEST_BYTES);
  link.random(seed);
  const area = sealedArea(NO_DA, header.policy);
  const joined = concat(seed, secret);
  area.unique = sha256(joined); // Part 1, 27.5.3.2: by which the secret can't be guessed
  wipe(joined);
  const publicArea = area.encoded();
  const sensitive = new Writer(128);
  sensitive.uint16(ALG_KEYEDHASH); // TPMT_SENSITIVE, Part 2, 12.3.2.4
  sensitive.sized(EMPTY);
  sensitive.sized(seed);
  sensitive.sized(secret);
  const wrapped = wrapForImport(parent, nameOf(publicArea), sensitive.written(), link);
  sensitive.wipe();
  wipe(seed);
  if (wrapped == null) return false;
  header.parentType = parent.type;
  header.blob = blobOf(wrapped.blob, publicArea, wrapped.seed);
  return true;
}

function blobOf(privateArea: Uint8Array, publicArea: Uint8Array, seed: Uint8Array): Uint8Array {
  const w = new Writer(512);
  w.sized(privateArea);
  w.sized(publicArea);
  if (seed.length > 0) w.sized(seed);
  return w.written();
}
