/** New keys: one, or the host keys that are missing. */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { eccSigner, rsaSigner } from "../../core/tpm/templates.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { HostKeys } from "./host-keys.ts";
import { KeyMaker } from "./key-making.ts";
import { KeyOutput, makeFolderOf, withoutSuffix } from "./key-output.ts";
import { Task } from "./task.ts";

export class NewKey extends Task {
  run(): i32 {
    const settings = this.settings;
    print(`Generating a sealed public/private ${settings.isRsa ? "rsa" : "ecdsa"} key pair.\n`);
    const path = this.fileOr("Enter file in which to save the key", this.usualPath());
    const pin = this.newPin();
    if (pin == null) return FAILURE;
    const output = new KeyOutput(withoutSuffix(path));
    if (!output.mayWrite(this.questions, EMPTY)) return FAILURE;
    if (settings.file == null) makeFolderOf(path);
    if (!this.takePolicy()) return FAILURE;
    const maker = new KeyMaker(this.holder, settings.parent);
    const bits = settings.bits as u32;
    const file = maker.create(
      settings.isRsa ? rsaSigner(bits) : eccSigner(bits),
      pin,
      this.policy,
      this.commentOr(EMPTY),
    );
    wipe(pin);
    return file == null ? log.fatal(maker.fault) : output.write(file);
  }
}

export class NewHostKeys extends Task {
  run(): i32 {
    const settings = this.settings;
    if (!this.takePolicy()) return FAILURE;
    const maker = new KeyMaker(this.holder, settings.parent);
    const prefix = settings.file;
    const keys = new HostKeys(maker, prefix == null ? EMPTY : prefix, this.commentOr(EMPTY));
    for (let kind = 0; kind < 2; kind++) {
      const isRsa = kind == 0;
      const hierarchy = settings.hierarchy;
      const status = hierarchy == 0 ? keys.make(isRsa, this.policy) : keys.show(isRsa, hierarchy, this.questions);
      if (status != SUCCESS) return status;
    }
    return SUCCESS;
  }
}
