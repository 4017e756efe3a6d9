/** The command line of postern-seal. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { isText } from "../../core/bytes/text.ts";
import { isName } from "../../core/credential/credential.ts";
import { parseMoment } from "../../core/credential/moment.ts";
import { parseDuration } from "../../core/duration.ts";
import { parsePcrs } from "../../core/tpm/pcr-selection.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { FileLine, nameOf } from "../credential/files.ts";
import { Command, Option } from "../options.ts";

export const SEAL: string = "postern-seal";

/** What the firmware says of Secure Boot: systemd-creds' default. */
const DEFAULT_PCRS: u32 = 1 << 7;
/** What the kernel image measures of itself. */
const DEFAULT_SIGNED_PCRS: u32 = 1 << 11;
/** A hundred years, in seconds. */
const LONGEST: f64 = 3155760000;

export const command: Command = new Command(
  SEAL,
  "[options] INPUT OUTPUT",
  "Seals a secret as a credential, as systemd-creds does; - is standard input or output.",
  [
    new Option("", "name", "NAME", "what it is to be used as (default OUTPUT's name); empty: as anything"),
    new Option("", "with-key", "KEY", "tpm2 (default), host, host+tpm2, auto (what there is) or null"),
    new Option("", "pcrs", "LIST", "PCRs that are to hold what they hold now (default 7), or none"),
    new Option("", "pcr-values", "FILE", "what they are to hold, as tpm2_pcrread prints it"),
    new Option("", "save-pcrs", "FILE", "write such a file, for postern-unseal"),
    new Option("", "public-key", "FILE", "the RSA key (PEM) of who signs states of the machine"),
    new Option("", "public-key-pcrs", "LIST", "of which PCRs (default 11)"),
    new Option("", "not-after", "TIME", "until when: YYYY-MM-DD [HH:MM:SS] in UTC, or +30d"),
    new Option("", "for-srk", "FILE", "seal for another TPM: its storage root key, PEM or TPM2B_PUBLIC"),
    new Option("", "force", "", "replace OUTPUT if it is there"),
    new Option("", "tpm", "NAME", "which TPM (default /dev/tpmrm0)"),
  ],
);

export class Settings {
  input: Uint8Array = EMPTY;
  output: Uint8Array = EMPTY;
  name: Uint8Array = EMPTY;
  usesHost: bool = false;
  usesTpm: bool = true;
  /** Whatever of both there is. */
  isAuto: bool = false;
  /** What was asked for, only a TPM can do. */
  wantsTpm: bool = false;
  pcrs: u32 = DEFAULT_PCRS;
  pcrValues: Uint8Array = EMPTY;
  savedPcrs: Uint8Array = EMPTY;
  publicKey: Uint8Array = EMPTY;
  signedPcrs: u32 = DEFAULT_SIGNED_PCRS;
  /** In seconds since 1970; Infinity: never. */
  notAfter: f64 = Infinity;
  otherRoot: Uint8Array = EMPTY;
  tpm: Uint8Array = EMPTY;
  force: bool = false;
  private isNamed: bool = false;
  private hasPcrs: bool = false;
  private hasSignedPcrs: bool = false;

  /** CONTINUE, or the exit status. */
  read(line: FileLine): i32 {
    while (line.next()) this.take(line);
    if (!this.hasPcrs && (this.publicKey.length > 0 || this.otherRoot.length > 0)) this.pcrs = 0;
    const isBound = this.hasPcrs && this.pcrs != 0;
    this.wantsTpm = isBound || this.publicKey.length + this.pcrValues.length + this.savedPcrs.length > 0;
    this.check(line);
    line.atMost(2);
    const outcome = line.outcome(2);
    if (outcome >= 0) return outcome;
    this.input = line.operands[0];
    this.output = line.operands[1];
    if (!this.isNamed) this.name = nameOf(this.output);
    return outcome;
  }

  private take(line: FileLine): void {
    const option = line.option;
    const value = line.value;
    if (option == "name") {
      this.isNamed = true;
      this.name = value;
      if (value.length > 0 && !isName(value)) line.expected("a credential's name");
    } else if (option == "with-key") this.takeKey(line);
    else if (option == "pcrs") {
      this.hasPcrs = true;
      this.pcrs = parsePcrs(value);
      if (this.pcrs == 0 && !isText(value, "none")) line.expected("a list of PCRs, such as 0+7, nor none");
    } else if (option == "public-key-pcrs") {
      this.hasSignedPcrs = true;
      this.signedPcrs = parsePcrs(value);
      if (this.signedPcrs == 0) line.expected("a list of PCRs, such as 11");
    } else if (option == "pcr-values") this.pcrValues = value;
    else if (option == "save-pcrs") this.savedPcrs = value;
    else if (option == "public-key") this.publicKey = value;
    else if (option == "not-after") this.takeTime(line);
    else if (option == "for-srk") this.otherRoot = value;
    else if (option == "tpm") this.tpm = value;
    else if (option == "force") this.force = true;
  }

  private takeKey(line: FileLine): void {
    const value = line.value;
    this.isAuto = isText(value, "auto");
    this.usesHost = this.isAuto || isText(value, "host") || isText(value, "host+tpm2");
    this.usesTpm = this.isAuto || isText(value, "tpm2") || isText(value, "host+tpm2");
    if (!this.usesHost && !this.usesTpm && !isText(value, "null")) {
      line.expected("one of tpm2, host, host+tpm2, auto, null");
    }
  }

  private takeTime(line: FileLine): void {
    const value = line.value;
    const isSpan = value.length > 0 && value[0] == 43;
    const span = isSpan ? parseDuration(value.subarray(1), LONGEST) : -1;
    this.notAfter = isSpan ? wallClock().time() + span : parseMoment(value);
    if ((isSpan && span <= 0) || this.notAfter < 0)
      line.expected("a time such as 2027-01-31, 2027-01-31 12:00 or +30d");
    else if (this.notAfter <= wallClock().time()) line.wrong("--not-after is over already");
  }

  private check(line: FileLine): void {
    const isForOther = this.otherRoot.length > 0;
    if (isForOther && (!this.usesTpm || this.usesHost)) line.wrong("--for-srk goes with --with-key=tpm2");
    if (isForOther && this.pcrs != 0 && this.pcrValues.length == 0)
      line.wrong("--for-srk with --pcrs needs --pcr-values: this machine does not know what the other one's hold");
    if (this.hasSignedPcrs && this.publicKey.length == 0) line.wrong("--public-key-pcrs goes with --public-key");
    if (!this.usesTpm && this.wantsTpm) line.wrong("PCRs and signed states need a TPM: --with-key=tpm2");
    if (this.savedPcrs.length > 0 && this.pcrs == 0) line.wrong("--save-pcrs goes with --pcrs");
  }
}
