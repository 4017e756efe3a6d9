/** Keys that were made elsewhere: taken in, or wrapped for a TPM that is to take them in. */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { IMPORTABLE } from "../../core/tpm/key-file.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { FAILURE } from "../program.ts";
import { isTpmKey, openPrivateKey, readPrivateFile, readStorageRoot, readTpmKey } from "./key-files.ts";
import { KeyMaker, wrappedFor } from "./key-making.ts";
import { KeyOutput, publicKeyOf, publicLine, withoutSuffix } from "./key-output.ts";
import { Task } from "./task.ts";

export class ImportedKey extends Task {
  run(): i32 {
    const settings = this.settings;
    const source = settings.source;
    const bytes = readPrivateFile(source);
    if (bytes == null) return FAILURE;
    const status = isTpmKey(bytes) ? this.importWrapped() : this.seal(bytes);
    wipe(bytes);
    return status;
  }

  private seal(bytes: Uint8Array): i32 {
    const source = this.settings.source;
    print("Sealing an existing public/private key pair.\n");
    const key = openPrivateKey(source, bytes, this.settings.oldPin, this.questions);
    if (key == null) return FAILURE;
    const comment = this.commentOr(key.comment);
    const line = publicLine(key.publicKey, comment);
    const pin = this.newPin();
    const output = new KeyOutput(this.target(source));
    let status = FAILURE;
    if (pin != null && output.mayWrite(this.questions, line)) {
      const maker = new KeyMaker(this.holder, this.settings.parent);
      const file = maker.take(key, pin, comment);
      status = file == null ? log.fatal(maker.fault) : output.write(file);
      wipe(pin);
    }
    key.wipe();
    return status;
  }

  private importWrapped(): i32 {
    const settings = this.settings;
    print("Importing a wrapped public/private key pair.\n");
    if (settings.newPin != null)
      return log.fatal("a wrapped key has its PIN already: import it, then change that with -p");
    const wrapped = readTpmKey(settings.source);
    if (wrapped == null) return FAILURE;
    if (wrapped.type != IMPORTABLE) return log.fatal(printable(settings.source) + " is a TPM's key already");
    if (settings.comment != null) wrapped.description = settings.comment!;
    if (settings.parentGiven) wrapped.parent = settings.parent;
    const key = publicKeyOf(wrapped);
    if (key == null) return FAILURE;
    const output = new KeyOutput(this.target(withoutSuffix(settings.source)));
    if (!output.mayWrite(this.questions, publicLine(key, wrapped.description))) return FAILURE;
    const maker = new KeyMaker(this.holder, wrapped.parent);
    const file = maker.unwrap(wrapped);
    return file == null ? log.fatal(maker.fault) : output.write(file);
  }
}

export class WrappedKey extends Task {
  run(): i32 {
    const settings = this.settings;
    const bytes = readPrivateFile(settings.source);
    if (bytes == null) return FAILURE;
    const root = readStorageRoot(settings.wrapWith);
    const key = root != null ? openPrivateKey(settings.source, bytes, settings.oldPin, this.questions) : null;
    wipe(bytes);
    if (root == null || key == null) return FAILURE;
    print(`Wrapping an existing public/private ${key.publicKey.isRsa ? "rsa" : "ecdsa"} key pair for import.\n`);
    const comment = this.commentOr(key.comment);
    const output = new KeyOutput(this.target(EMPTY));
    if (!output.mayWriteSecret(this.questions)) return FAILURE;
    const given = settings.newPin;
    const pin = given == null ? EMPTY : given;
    const file = wrappedFor(root, key, pin, comment, settings.parent, this.holder);
    key.wipe();
    if (file == null)
      return log.fatal(printable(settings.wrapWith) + ": no storage root key that anything can be wrapped with");
    return output.writeSecret(file);
  }
}
