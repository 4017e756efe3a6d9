/**
 * Host keys: those that are missing of the two kinds, in PREFIX/etc/ssh, where sshd and the agent look for them; or the
 * public halves of the keys that a hierarchy always has.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { eccSigner, hierarchySigner, rsaSigner } from "../../core/tpm/templates.ts";
import { within } from "../../linux/path.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { handleName } from "../tpm/handle-names.ts";
import { sshKeyOf } from "../tpm/ssh-forms.ts";
import { KeyMaker } from "./key-making.ts";
import { exists, KeyOutput, publicLine, PUBLIC_SUFFIX, SECRET_SUFFIX, withSuffix } from "./key-output.ts";
import { KeyPolicy } from "./key-policy.ts";
import { Questions } from "./questions.ts";

const FOLDER: string = "etc/ssh";

/** `prefix`: what stands before /etc/ssh. */
export class HostKeys {
  private maker: KeyMaker;
  private folder: Uint8Array;
  private comment: Uint8Array;

  constructor(maker: KeyMaker, prefix: Uint8Array, comment: Uint8Array) {
    this.maker = maker;
    this.folder = prefix.length == 0 ? ascii("/" + FOLDER) : within(prefix, FOLDER);
    this.comment = comment;
  }

  private pathOf(isRsa: bool): Uint8Array {
    return within(this.folder, isRsa ? "ssh_tpm_host_rsa_key" : "ssh_tpm_host_ecdsa_key");
  }

  /** Makes one kind, unless one of its files is there. `policy`: what it is bound to. Returns the exit status. */
  make(isRsa: bool, policy: KeyPolicy | null): i32 {
    const path = this.pathOf(isRsa);
    const secretPath = withSuffix(path, SECRET_SUFFIX);
    if (exists(secretPath) || exists(withSuffix(path, PUBLIC_SUFFIX))) return SUCCESS;
    if (!exists(this.folder)) return log.fatal("there is no folder " + printable(this.folder));
    const file = this.maker.create(isRsa ? rsaSigner(2048) : eccSigner(256), EMPTY, policy, this.comment);
    if (file == null) return log.fatal(this.maker.fault);
    print("Made a host key\n");
    return new KeyOutput(path).write(file);
  }

  /** Writes the public half of what a hierarchy has. */
  show(isRsa: bool, hierarchy: u32, questions: Questions): i32 {
    const path = this.pathOf(isRsa);
    const secretPath = withSuffix(path, SECRET_SUFFIX);
    if (exists(secretPath))
      return log.fatal(printable(secretPath) + " exists, and its .pub with it: move both away first");
    const area = this.maker.primary(hierarchy, hierarchySigner(isRsa));
    const key = area != null ? sshKeyOf(area) : null;
    if (key == null) return log.fatal(this.maker.fault);
    const line = publicLine(key, this.comment);
    const output = new KeyOutput(path);
    if (!output.mayWrite(questions, line)) return FAILURE;
    print("Found the host key of the hierarchy " + handleName(hierarchy) + "\n");
    return output.writePublic(key, this.comment);
  }
}
