/**
 * The TPM's part of a credential's key: 32 bytes that it has sealed (TPM 2.0 Part 1, 27.8), and gives out while its PCRs
 * hold what they are to hold.
 *
 * One session does it all. It is salted, so that the secret crosses the bus encrypted. What its policy amounts to is compared
 * with what the credential says before the TPM is asked: the TPM itself would only say that something is wrong.
 *
 * That the parent's key is the TPM's own isn't known: the format has no place for its name. Who sits between the TPM and this
 * program, and answers in its stead, can learn what was sealed.
 */
import { copyOf, EMPTY, equal, wipe } from "../bytes/bytes.ts";
import { CreatePrimary, Import, Load, ReadPublic, Unseal } from "../tpm/command/object.ts";
import { PolicyGetDigest, PolicyPcr } from "../tpm/command/policy.ts";
import { FlushContext } from "../tpm/command/session.ts";
import { ALG_RSASSA, ALG_SHA256, RH_OWNER, SRK_HANDLE } from "../tpm/constants.ts";
import { Entity } from "../tpm/entity.ts";
import { PcrBank, pcrList, PcrSelection } from "../tpm/pcr-selection.ts";
import { AuthorizeCondition } from "../tpm/policy.ts";
import { nameOf, PublicArea } from "../tpm/public-area.ts";
import { INTEGRITY, kindOf, SIGNATURE, SUCCESS, UNSUITABLE } from "../tpm/response-code.ts";
import { SE_POLICY, Session } from "../tpm/session.ts";
import { Signature } from "../tpm/signature.ts";
import { Tpm } from "../tpm/tpm.ts";
import { Reader } from "../wire/reader.ts";
import { DAMAGED, NO_SIGNATURE, OTHER_STATE, OTHER_TPM, TPM_FAILURE } from "./fault.ts";
import { CredentialHeader } from "./header.ts";
import { bankName, SignatureSearch } from "./pcr-signatures.ts";
import { SigningKey } from "./signing-key.ts";
import { credentialRoot } from "./templates.ts";

/**
 * RC_WARN (Part 2, 6.6.3): codes from here on say that the TPM is busy or full, or is not there. What lies below is said, in
 * this way or that, of an object that was wrapped for another key.
 */
const WARNING: u32 = 0x900;

export class TpmUnsealing {
  /** See fault.ts; and in words for people, unless it is TPM_FAILURE: then the response code says it. */
  fault: i32 = 0;
  words: string = "";
  code: u32 = SUCCESS;
  private tpm: Tpm;
  private header: CredentialHeader;
  private signatures: Uint8Array;
  private parent: Entity | null = null;
  /** Of the parent, if it is to be flushed. */
  private made: u32 = 0;
  private session: Session = new Session(SE_POLICY);
  private object: Entity | null = null;

  /** `signatures`: the content of a file of signatures; may be EMPTY where none are needed. */
  constructor(tpm: Tpm, header: CredentialHeader, signatures: Uint8Array) {
    this.tpm = tpm;
    this.header = header;
    this.signatures = signatures;
  }

  /** The secret, to be wiped; EMPTY if it can't be had: then `fault` says why. Nothing is left in the TPM. */
  secret(): Uint8Array {
    const secret = this.load() && this.meetPolicy() ? this.unseal() : EMPTY;
    this.clear();
    return secret;
  }

  private load(): bool {
    const r = new Reader(this.header.blob);
    const privateArea = r.sized();
    const publicArea = r.sized();
    const seed = r.left() > 0 ? r.sized() : EMPTY;
    if (!r.ok()) return this.fail(DAMAGED, "the TPM's part of it is cut short");
    let code = this.makeRoot();
    if (code == SUCCESS) code = this.loadUnder(privateArea, publicArea, seed);
    // Not under systemd's own root? Then under the one that others keep at its handle.
    if (code != SUCCESS && this.takeStoredRoot()) code = this.loadUnder(privateArea, publicArea, seed);
    if (kindOf(code) == INTEGRITY)
      return this.fail(OTHER_TPM, "another TPM has sealed it, or this one before it was cleared");
    return this.isGood(code);
  }

  private makeRoot(): u32 {
    const command = new CreatePrimary(Entity.permanent(RH_OWNER), credentialRoot(this.header.parentType));
    const code = this.tpm.execute(command, [null]);
    if (code != SUCCESS) return code;
    this.made = command.handle;
    return this.begin(command.handle, command.publicArea);
  }

  /** False if there is none of the right type. */
  private takeStoredRoot(): bool {
    const command = new ReadPublic(SRK_HANDLE);
    if (this.tpm.run(command) != SUCCESS) return false;
    const area = PublicArea.decode(command.publicArea);
    if (area == null || area.type != this.header.parentType || !area.isParent()) return false;
    this.clear();
    return this.begin(SRK_HANDLE, command.publicArea) == SUCCESS;
  }

  /** Starts the session, with this parent. */
  private begin(handle: u32, publicArea: Uint8Array): u32 {
    const bytes = copyOf(publicArea, 0, publicArea.length);
    const area = PublicArea.decode(bytes);
    if (area == null) return UNSUITABLE;
    this.parent = new Entity(handle, nameOf(bytes));
    this.session = new Session(SE_POLICY);
    return this.tpm.start(this.session, this.parent, area, null);
  }

  private loadUnder(privateArea: Uint8Array, publicArea: Uint8Array, seed: Uint8Array): u32 {
    const parent = this.parent!;
    if (seed.length > 0) {
      const command = new Import(parent, publicArea, privateArea, seed);
      const code = this.tpm.execute(command, [null, this.session]);
      if (code != SUCCESS) return code < WARNING ? INTEGRITY : code;
      privateArea = command.privateArea;
    }
    const command = new Load(parent, privateArea, publicArea);
    const code = this.tpm.execute(command, [null, this.session]);
    if (code == SUCCESS) this.object = new Entity(command.handle, nameOf(publicArea));
    return code;
  }

  private meetPolicy(): bool {
    const header = this.header;
    if (header.kind.isSigned && !this.meetSignedPolicy()) return false;
    if (header.pcrs != 0 && !this.isGood(this.bind(header.pcrs))) return false;
    const digest = this.digest();
    if (digest == null) return false;
    if (equal(digest, header.policy)) return true;
    if (header.pcrs == 0) return this.fail(DAMAGED, "the policy is not the one of its public key");
    return this.fail(
      OTHER_STATE,
      "the machine is not in the state that it was sealed in: of PCR " +
        pcrList(header.pcrs) +
        " (" +
        bankName(header.bank) +
        ") not all hold what they held",
    );
  }

  /** The holder of the key has signed what the PCRs hold (PolicyAuthorize). */
  private meetSignedPolicy(): bool {
    const header = this.header;
    const key = SigningKey.parse(header.publicKey);
    if (key == null) return this.fail(DAMAGED, "the key that is to sign the machine's states is no RSA key");
    if (!this.isGood(this.bind(header.signedPcrs))) return false;
    const approved = this.digest();
    if (approved == null) return false;
    const search = new SignatureSearch(header.bank, header.signedPcrs, key.fingerprint, approved);
    const value = search.in(this.signatures);
    if (value.length == 0) return this.fail(NO_SIGNATURE, this.missing(search));
    const signature = new Signature();
    signature.scheme = ALG_RSASSA;
    signature.hash = ALG_SHA256;
    signature.rsa = value;
    const code = new AuthorizeCondition(key.area, EMPTY, approved, signature).run(this.tpm, this.session);
    if (kindOf(code) == SIGNATURE) return this.fail(NO_SIGNATURE, "a signature is not by the key that it names");
    return this.isGood(code);
  }

  private missing(search: SignatureSearch): string {
    const list = pcrList(this.header.signedPcrs) + " (" + bankName(this.header.bank) + ")";
    if (this.signatures.length == 0) return "it needs signatures of PCR " + list + ", and there are none";
    if (search.bad) return "the file of signatures is damaged";
    if (!search.keyIsThere) return "no signature of PCR " + list + " is by the key that it was sealed for";
    return "nobody has signed what PCR " + list + " holds now";
  }

  /** Makes PCRs, as they are, part of the policy. */
  private bind(pcrs: u32): u32 {
    const selection = new PcrSelection();
    selection.banks.push(new PcrBank(this.header.bank, pcrs));
    return this.tpm.run(new PolicyPcr(this.session.entity, EMPTY, selection));
  }

  private digest(): Uint8Array | null {
    const command = new PolicyGetDigest(this.session.entity);
    return this.isGood(this.tpm.run(command)) ? copyOf(command.digest, 0, command.digest.length) : null;
  }

  private unseal(): Uint8Array {
    const command = new Unseal(this.object!);
    if (!this.isGood(this.tpm.execute(command, [this.session]))) return EMPTY;
    const secret = copyOf(command.data, 0, command.data.length);
    wipe(command.data);
    return secret;
  }

  private clear(): void {
    const object = this.object;
    const session = this.session;
    if (object != null) this.tpm.run(new FlushContext(object.handle));
    if (session.entity.handle != 0) this.tpm.run(new FlushContext(session.entity.handle));
    if (this.made != 0) this.tpm.run(new FlushContext(this.made));
    session.wipe();
    session.entity = Entity.permanent(0);
    this.object = null;
    this.made = 0;
  }

  private isGood(code: u32): bool {
    if (code == SUCCESS) return true;
    this.code = code;
    return this.fail(TPM_FAILURE, "");
  }

  private fail(fault: i32, words: string): bool {
    this.fault = fault;
    this.words = words;
    return false;
  }
}
