/** What TPMs and their keys' files say. */
import { equal } from "../../../src/core/bytes/bytes.ts";
import { toPem } from "../../../src/core/pem/pem.ts";
import { Attestation } from "../../../src/core/tpm/attestation.ts";
import { Command } from "../../../src/core/tpm/command.ts";
import { Certify, EcdhZgen, Quote, RsaDecrypt, Sign, VerifySignature } from "../../../src/core/tpm/command/key.ts";
import {
  GetCapability,
  GetRandom,
  NvRead,
  NvReadPublic,
  PcrRead,
  ReadClock,
} from "../../../src/core/tpm/command/machine.ts";
import * as object from "../../../src/core/tpm/command/object.ts";
import { PolicyGetDigest, PolicySecret } from "../../../src/core/tpm/command/policy.ts";
import { ContextSave, StartAuthSession } from "../../../src/core/tpm/command/session.ts";
import { Entity } from "../../../src/core/tpm/entity.ts";
import { PolicyCommand, TpmKeyFile } from "../../../src/core/tpm/key-file.ts";
import { TpmLink } from "../../../src/core/tpm/link.ts";
import { PcrSelection } from "../../../src/core/tpm/pcr-selection.ts";
import { PublicArea } from "../../../src/core/tpm/public-area.ts";
import { Signature } from "../../../src/core/tpm/signature.ts";
import { storageRoot } from "../../../src/core/tpm/templates.ts";
import { Tpm } from "../../../src/core/tpm/tpm.ts";
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
    this.moveComment(file, out);
  }

  /** The comment before the block, and a name of the parent. */
  private moveComment(file: TpmKeyFile, out: Writer): void {
    file.describedBefore = true;
    file.parentName = file.publicArea;
    const again = TpmKeyFile.parse(file.encode());
    expect(again.fault.length == 0, "what stands before can be read");
    expect(equal(again.description, file.description), "the comment is the same, wherever it stands");
    expect(equal(again.parentName, file.parentName), "the parent has the same name");
    out.boolean(again.describedBefore);
  }

  private compare(a: PolicyCommand[], b: PolicyCommand[]): void {
    expect(a.length == b.length, "a policy has as many commands");
    for (let i = 0; i < a.length; i++) {
      expect(a[i].code == b[i].code && equal(a[i].parameters, b[i].parameters), "a policy has the same commands");
    }
  }
}

/** A TPM that answers every command with the same. */
class Parrot extends TpmLink {
  response: Uint8Array = new Uint8Array(0);

  transmit(_command: Uint8Array): Uint8Array {
    return this.response;
  }

  pause(_milliseconds: i32): void {}

  random(_bytes: Uint8Array): void {}
}

/** What TPMs answer: the first byte says to which command, and whether the rest is all of it or the parameters alone. */
export class TpmResponses extends Target {
  constructor() {
    super("tpm-response");
  }

  run(input: Uint8Array, out: Writer): void {
    if (input.length == 0) return;
    const commands = this.commands();
    const command = commands[((input[0] as i32) & 127) % commands.length];
    const link = new Parrot();
    const rest = input.subarray(1);
    link.response = input[0] < 128 ? this.framed(command, rest) : rest;
    out.uint32(new Tpm(link).execute(command, command.authorizations > 0 ? [null] : []));
    out.uint32(command.handle);
    this.read(input, out);
  }

  /** The parameters as those of a response to a command that went well. */
  private framed(command: Command, parameters: Uint8Array): Uint8Array {
    const w = new Writer(64 + parameters.length);
    w.uint16(command.authorizations > 0 ? 0x8002 : 0x8001);
    w.uint32((10 + (command.returnsHandle ? 4 : 0) + (command.authorizations > 0 ? 9 : 0) + parameters.length) as u32);
    w.uint32(0);
    if (command.returnsHandle) w.uint32(0x80000000);
    if (command.authorizations > 0) w.uint32(parameters.length as u32);
    w.raw(parameters);
    if (command.authorizations > 0) {
      w.sized(new Uint8Array(0));
      w.byte(1);
      w.sized(new Uint8Array(0));
    }
    return w.written();
  }

  /** The structures that are read behind the commands' backs. */
  private read(input: Uint8Array, out: Writer): void {
    const area = PublicArea.decode(input.subarray(1));
    if (area != null) {
      expect(equal(area.encoded(), input.subarray(1)), "a public area is written as it was");
      out.boolean(area.isParent());
    }
    const attestation = Attestation.decode(input.subarray(1));
    if (attestation != null) {
      out.uint32(attestation.type);
      out.string(attestation.nonce);
      out.string(attestation.pcrs.encoded());
    }
  }

  private commands(): Command[] {
    const e = Entity.permanent(0x40000001);
    const b = new Uint8Array(8);
    const pcrs = PcrSelection.ofSha256(1);
    return [
      new object.Create(e, storageRoot()),
      new object.CreatePrimary(e, storageRoot()),
      new object.Load(e, b, b),
      new object.LoadExternal(b),
      new object.ReadPublic(1),
      new object.MakeCredential(e, b, b),
      new object.Unseal(e),
      new object.ObjectChangeAuth(e, e, b),
      new object.Import(e, b, b, b),
      new RsaDecrypt(e, b),
      new EcdhZgen(e, b, b),
      new Sign(e, b, 0x18, 0x0b),
      new VerifySignature(e, b, new Signature()),
      new Certify(e, e, b, 0x10, 0x10),
      new Quote(e, b, 0x10, 0x10, pcrs),
      new GetRandom(8),
      new PcrRead(pcrs),
      new ReadClock(),
      new GetCapability(6, 0x100, 8),
      new NvReadPublic(1),
      new NvRead(e, e, 8, 0),
      new PolicySecret(e, e, b),
      new PolicyGetDigest(e),
      new StartAuthSession(null, null, 0),
      new ContextSave(e),
    ];
  }
}
