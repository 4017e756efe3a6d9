/**
 * What a key is bound to beside the TPM: the state of the machine, as its PCRs have it, at once or as the holder of a
 * signing key approves of it later (TPM 2.0 Part 1, 17.7; PolicyPCR, PolicyAuthorize). A PIN is asked for besides.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { PlainPublicKey } from "../../core/ssh/key/plain-key.ts";
import { PcrRead } from "../../core/tpm/command/machine.ts";
import { POLICY_AUTH_VALUE, POLICY_AUTHORIZE, POLICY_PCR } from "../../core/tpm/command/policy.ts";
import { ALG_NULL, ALG_SHA256, digestBytes, USER_WITH_AUTH } from "../../core/tpm/constants.ts";
import { sha256 } from "../../core/tpm/key-derivation.ts";
import { PolicyCommand } from "../../core/tpm/key-file.ts";
import { PcrSelection } from "../../core/tpm/pcr-selection.ts";
import {
  AuthorizeCondition,
  AuthValueCondition,
  Condition,
  PcrCondition,
  policyDigest,
} from "../../core/tpm/policy.ts";
import { PublicArea } from "../../core/tpm/public-area.ts";
import { SUCCESS } from "../../core/tpm/response-code.ts";
import { Signature } from "../../core/tpm/signature.ts";
import { Tpm } from "../../core/tpm/tpm.ts";
import { Writer } from "../../core/wire/writer.ts";
import { areaOf } from "../tpm/ssh-forms.ts";

export class KeyPolicy {
  /** As key files have it. */
  commands: PolicyCommand[] = new Array<PolicyCommand>();
  private conditions: Condition[] = new Array<Condition>();

  private add(condition: Condition, code: u32, parameters: Uint8Array): void {
    this.conditions.push(condition);
    this.commands.push(new PolicyCommand(code, parameters));
  }

  /** The PCRs hold what they hold now; null if they can't be read. `mask`: of the SHA-256 bank. */
  static ofPcrs(tpm: Tpm, mask: u32): KeyPolicy | null {
    const digest = pcrDigest(tpm, mask);
    if (digest.length == 0) return null;
    const policy = new KeyPolicy();
    const selection = PcrSelection.ofSha256(mask);
    const w = new Writer(64);
    w.sized(digest);
    selection.encode(w);
    policy.add(new PcrCondition(digest, selection), POLICY_PCR, w.written());
    return policy;
  }

  /** Whatever the holder of `key` approves of. */
  static ofAuthority(key: PlainPublicKey): KeyPolicy {
    const policy = new KeyPolicy();
    const area = authorityArea(key);
    const condition = new AuthorizeCondition(area, EMPTY, EMPTY, new Signature());
    policy.add(condition, POLICY_AUTHORIZE, authorization(area, null));
    return policy;
  }

  /** Makes it the policy of a key, and the only way to use it. */
  bind(template: PublicArea, hasPin: bool): void {
    if (hasPin) this.add(new AuthValueCondition(), POLICY_AUTH_VALUE, EMPTY);
    template.authPolicy = this.digest();
    template.attributes = (template.attributes & ~USER_WITH_AUTH) >>> 0;
  }

  digest(): Uint8Array {
    return policyDigest(this.conditions);
  }
}

/** TPMT_PUBLIC of a key that approves of policies, as tpm2-tools and systemd make it. */
export function authorityArea(key: PlainPublicKey): Uint8Array {
  return areaOf(key).encoded();
}

/** The parameters of PolicyAuthorize in a key file; without a signature where there is yet nothing to approve of. */
export function authorization(area: Uint8Array, signature: Signature | null): Uint8Array {
  const w = new Writer(128);
  w.sized(area);
  w.sized(EMPTY); // no reference
  if (signature != null) signature.encode(w);
  else w.uint16(ALG_NULL);
  return w.written();
}

/** The digest over what the PCRs hold, in their order; empty if the TPM does not have them all. */
function pcrDigest(tpm: Tpm, mask: u32): Uint8Array {
  const size = digestBytes(ALG_SHA256);
  const values = new Writer(24 * size);
  for (let left = mask; left != 0;) {
    const command = new PcrRead(PcrSelection.ofSha256(left));
    if (tpm.run(command) != SUCCESS || command.selection.banks.length != 1) return EMPTY;
    const read = command.selection.banks[0].mask & left;
    if (read == 0) return EMPTY;
    for (let i = 0; i < command.digests.length; i++) values.raw(command.digests[i]);
    left = (left & ~read) >>> 0;
  }
  return sha256(values.written());
}
