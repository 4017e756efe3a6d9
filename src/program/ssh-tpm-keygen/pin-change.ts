/** Another PIN for a key: TPM2_ObjectChangeAuth gives a new private part, the key itself stays. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ObjectChangeAuth } from "../../core/tpm/command/object.ts";
import { PT_LOCKOUT_COUNTER, readProperties } from "../../core/tpm/capability.ts";
import { NO_DA } from "../../core/tpm/constants.ts";
import { Entity } from "../../core/tpm/entity.ts";
import { PolicyCommand, TpmKeyFile } from "../../core/tpm/key-file.ts";
import { PublicArea } from "../../core/tpm/public-area.ts";
import { isWrongAuth, SUCCESS } from "../../core/tpm/response-code.ts";
import { Session } from "../../core/tpm/session.ts";
import { Tpm } from "../../core/tpm/tpm.ts";
import { KeyUse, Workspace } from "../../core/tpm/workspace.ts";
import { KeyHolder } from "../tpm/key-holder.ts";

class PinChange extends KeyUse {
  privateArea: Uint8Array = EMPTY;
  private workspace: Workspace;
  private pin: Uint8Array;

  constructor(workspace: Workspace, pin: Uint8Array) {
    super();
    this.workspace = workspace;
    this.pin = pin;
  }

  run(tpm: Tpm, key: Entity, session: Session): u32 {
    const command = new ObjectChangeAuth(key, this.workspace.parent!.entity, this.pin);
    const code = tpm.execute(command, [session]);
    this.privateArea = command.privateArea;
    return code;
  }
}

/** Changes the PIN of the key in `file` from `before` to `after`; returns what went wrong, or an empty text. */
export function changePin(holder: KeyHolder, file: TpmKeyFile, before: Uint8Array, after: Uint8Array): string {
  const change = new PinChange(holder.workspace, after);
  // Whoever knows the PIN may change it, whatever policy is to be met for the key's use.
  const policy = file.policy;
  file.policy = new Array<PolicyCommand>();
  const code = holder.withKey(file, before, change);
  file.policy = policy;
  if (code != SUCCESS) {
    const tries = isWrongAuth(code) ? triesLeft(holder) : "";
    return "unable to change the PIN: " + holder.describe(code) + tries;
  }
  file.privateArea = change.privateArea;
  file.emptyAuth = after.length == 0;
  return "";
}

function triesLeft(holder: KeyHolder): string {
  const left = wrongPinsLeft(holder);
  return left < 0 ? "" : `; ${left} more wrong ones lock the TPM for a while`;
}

/** How many wrong PINs the TPM still takes before it locks; -1 if it doesn't say. */
export function wrongPinsLeft(holder: KeyHolder): i32 {
  if (!holder.ready()) return -1;
  const counts = readProperties(holder.workspace.tpm, PT_LOCKOUT_COUNTER, 2); // and how many are allowed
  return counts.length < 2 || counts[1] < counts[0] ? -1 : ((counts[1] - counts[0]) as i32);
}

/** True if the TPM doesn't count wrong PINs of this key, so that one can be found by trying. */
export function isUncounted(file: TpmKeyFile): bool {
  const area = PublicArea.decode(file.publicArea);
  return area != null && (area.attributes & NO_DA) != 0;
}
