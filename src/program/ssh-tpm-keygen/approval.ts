/** Approvals: a policy that a key's authority signs, kept in the key's file (PolicyAuthorize). */
import { EMPTY, equal } from "../../core/bytes/bytes.ts";
import { kernels } from "../../core/crypto/kernels.ts";
import { PlainPrivateKey } from "../../core/ssh/key/plain-key.ts";
import { POLICY_AUTHORIZE } from "../../core/tpm/command/policy.ts";
import { ALG_ECDSA, ALG_SHA256 } from "../../core/tpm/constants.ts";
import { NamedPolicy, PolicyCommand, TpmKeyFile } from "../../core/tpm/key-file.ts";
import { approvalOf } from "../../core/tpm/policy.ts";
import { Signature } from "../../core/tpm/signature.ts";
import { Reader } from "../../core/wire/reader.ts";
import { fillRandom } from "../../linux/random.ts";
import { authorityArea, authorization, KeyPolicy } from "./key-policy.ts";

/** Adds the approval of `policy` by `authority` to a key's file; returns what went wrong, or an empty text. */
export function approve(file: TpmKeyFile, authority: PlainPrivateKey, policy: KeyPolicy, name: Uint8Array): string {
  if (authority.publicKey.isRsa || authority.publicKey.bits != 256)
    return "only keys of ECDSA over P-256 can approve here; tpm2-tools can do it with others";
  const area = authorityArea(authority.publicKey);
  if (file.policy.length == 0 || file.policy[0].code != POLICY_AUTHORIZE)
    return "the key is bound to no authority: only one made with --policy-key is";
  if (!equal(new Reader(file.policy[0].parameters).sized(), area)) return "the key is bound to another authority";
  const signature = sign(authority, approvalOf(policy.digest(), EMPTY));
  if (signature == null) return "the authority's key is damaged";
  const commands = policy.commands;
  commands.push(new PolicyCommand(POLICY_AUTHORIZE, authorization(area, signature)));
  file.authPolicies.push(new NamedPolicy(name, commands));
  return "";
}

function sign(key: PlainPrivateKey, digest: Uint8Array): Signature | null {
  const value = new Uint8Array(64);
  const random = new Uint8Array(32);
  fillRandom(random);
  if (!kernels().p256Sign(value, digest, key.secret, random)) return null;
  const signature = new Signature();
  signature.scheme = ALG_ECDSA;
  signature.hash = ALG_SHA256;
  signature.r = value.subarray(0, 32);
  signature.s = value.subarray(32);
  return signature;
}
