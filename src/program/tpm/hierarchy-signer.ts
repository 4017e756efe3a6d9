/**
 * A key that a hierarchy always has, without any file, as the agent sees it: `--hierarchy`.
 *
 * The TPM makes it out of its seed, which for RSA takes long, so what was made once is saved: encrypted by the TPM, for
 * itself, until it is reset.
 */
import { copyOf, EMPTY, equal } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { CreatePrimary } from "../../core/tpm/command/object.ts";
import { ContextLoad, ContextSave, FlushContext } from "../../core/tpm/command/session.ts";
import { Entity } from "../../core/tpm/entity.ts";
import { TpmKeyFile } from "../../core/tpm/key-file.ts";
import { nameOf, PublicArea } from "../../core/tpm/public-area.ts";
import { isLost, NO_ANSWER, OTHER_PARENT, SUCCESS } from "../../core/tpm/response-code.ts";
import { hierarchySigner } from "../../core/tpm/templates.ts";
import { KeyUse } from "../../core/tpm/workspace.ts";
import { PlainPublicKey } from "../../core/ssh/key/plain-key.ts";
import { log } from "../log.ts";
import { handleName } from "./handle-names.ts";
import { KeyHolder } from "./key-holder.ts";
import { sshKeyOf } from "./ssh-forms.ts";
import { TpmSigner } from "./tpm-signer.ts";

/** The key itself, in the TPM when it is used, and out of it otherwise. */
export class PrimaryKey {
  /** TPMT_PUBLIC; EMPTY until it was made. */
  publicArea: Uint8Array = EMPTY;
  private hierarchy: u32;
  private isRsa: bool;
  private saved: Uint8Array = EMPTY;

  constructor(hierarchy: u32, isRsa: bool) {
    this.hierarchy = hierarchy;
    this.isRsa = isRsa;
  }

  /** Has `use` done with it, or has it made if that is null; returns the response code. */
  run(holder: KeyHolder, use: KeyUse | null): u32 {
    const workspace = holder.workspace;
    if (!holder.ready()) return NO_ANSWER;
    let code = workspace.open(this.hierarchy, false, EMPTY);
    if (code != SUCCESS) return code;
    const restored = new ContextLoad(this.saved);
    let handle: u32 = 0;
    if (this.saved.length > 0 && workspace.tpm.run(restored) == SUCCESS) handle = restored.handle;
    if (handle == 0) {
      const made = new CreatePrimary(Entity.permanent(this.hierarchy), hierarchySigner(this.isRsa));
      code = workspace.makePrimary(made);
      if (code != SUCCESS) return code;
      handle = made.handle;
      if (this.publicArea.length == 0) this.publicArea = copyOf(made.publicArea, 0, made.publicArea.length);
      if (!equal(this.publicArea, made.publicArea)) code = OTHER_PARENT; // the TPM was cleared, or is another one
      const save = new ContextSave(new Entity(handle, nameOf(made.publicArea)));
      this.saved = workspace.tpm.run(save) == SUCCESS ? copyOf(save.context, 0, save.context.length) : EMPTY;
    }
    if (use != null && code == SUCCESS)
      code = use.run(workspace.tpm, new Entity(handle, nameOf(this.publicArea)), workspace.session!);
    workspace.tpm.run(new FlushContext(handle));
    return code;
  }
}

export class HierarchySigner extends TpmSigner {
  private primary: PrimaryKey;

  private constructor(holder: KeyHolder, key: PrimaryKey, file: TpmKeyFile, area: PublicArea, plain: PlainPublicKey) {
    super(holder, file, area, plain);
    this.primary = key;
  }

  /** The RSA key of a hierarchy or the one of P-256; null if it can't be had, which is logged. */
  static make(holder: KeyHolder, hierarchy: u32, isRsa: bool): HierarchySigner | null {
    const key = new PrimaryKey(hierarchy, isRsa);
    const code = key.run(holder, null);
    const area = PublicArea.decode(key.publicArea);
    let plain: PlainPublicKey | null = null;
    if (area != null) plain = sshKeyOf(area);
    if (area == null || plain == null) {
      log.warning("no key of the hierarchy " + handleName(hierarchy) + ": " + holder.describe(code));
      return null;
    }
    const file = new TpmKeyFile();
    file.emptyAuth = true;
    file.publicArea = key.publicArea;
    file.description = ascii(handleName(hierarchy) + " hierarchy key");
    return new HierarchySigner(holder, key, file, area, plain);
  }

  protected withKey(_pin: Uint8Array, use: KeyUse): u32 {
    const code = this.primary.run(this.holder, use);
    if (code != NO_ANSWER && !isLost(code)) return code;
    this.holder.close(); // it was reset, or has closed its end: it is opened anew
    return this.primary.run(this.holder, use);
  }
}
