/** What TPMs and their keys' files say. */
import { equal } from "../../../src/core/bytes/bytes.ts";
import { toPem } from "../../../src/core/pem/pem.ts";
import { PolicyCommand, TpmKeyFile } from "../../../src/core/tpm/key-file.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

/** TPM key files, without their PEM. */
export class TpmKeyFiles extends Target {
  constructor() {
    super("tpm-key-file");
  }

  run(input: Uint8Array, out: Writer): void {
    const file = TpmKeyFile.parse(toPem("TSS2 PRIVATE KEY", input, 64));
    out.text(file.fault);
    if (file.fault.length > 0) return;
    const text = file.encode();
    const again = TpmKeyFile.parse(text);
    expect(again.fault.length == 0, "what was written can be read");
    expect(equal(again.encode(), text), "it is written as it was");
    expect(again.type == file.type && again.emptyAuth == file.emptyAuth, "it is of the same type");
    expect(again.parent == file.parent && again.rsaParent == file.rsaParent, "it has the same parent");
    expect(
      equal(again.publicArea, file.publicArea) && equal(again.privateArea, file.privateArea),
      "it is the same key",
    );
    expect(equal(again.secret, file.secret) && equal(again.description, file.description), "the rest is the same");
    this.compare(again.policy, file.policy);
    expect(again.authPolicies.length == file.authPolicies.length, "it has as many approved policies");
    for (let i = 0; i < file.authPolicies.length; i++) {
      expect(equal(again.authPolicies[i].name, file.authPolicies[i].name), "a policy has the same name");
      this.compare(again.authPolicies[i].policy, file.authPolicies[i].policy);
    }
    out.string(text);
  }

  private compare(a: PolicyCommand[], b: PolicyCommand[]): void {
    expect(a.length == b.length, "a policy has as many commands");
    for (let i = 0; i < a.length; i++) {
      expect(a[i].code == b[i].code && equal(a[i].parameters, b[i].parameters), "a policy has the same commands");
    }
  }
}
