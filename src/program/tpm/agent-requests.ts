/** What a client of the agent's sends beside a SignRequest (draft-miller-ssh-agent section 3), and ssh-tpm-agent's own. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ADD_IDENTITY, EXTENSION } from "../../core/ssh/agent/message.ts";
import { Message } from "../../core/ssh/message/message.ts";
import { Writer } from "../../core/wire/writer.ts";

const LIFETIME: u8 = 1;
const CONFIRM: u8 = 2;

/** A request of a number alone. */
export class BareRequest extends Message {
  private number: i32;

  constructor(number: i32) {
    super();
    this.number = number;
  }

  encode(w: Writer): void {
    w.byte(this.number as u8);
  }
}

/** A request about one string: a key that is to go, or the passphrase of a lock. */
export class StringRequest extends Message {
  private number: i32;
  private content: Uint8Array;

  constructor(number: i32, content: Uint8Array) {
    super();
    this.number = number;
    this.content = content;
  }

  encode(w: Writer): void {
    w.byte(this.number as u8);
    w.string(this.content);
  }
}

/** Adds a TPM key: ssh-tpm-agent's extension `tpm-add-key`. */
export class AddTpmKey extends Message {
  /** The text of its file. */
  file: Uint8Array = EMPTY;
  /** A certificate for it on the wire, which is then what is added; or EMPTY. */
  certificate: Uint8Array = EMPTY;
  /** Seconds until the agent forgets it; 0 for never. */
  lifetime: u32 = 0;
  /** Each use is to be confirmed by a person. */
  confirm: bool = false;

  encode(w: Writer): void {
    w.byte(EXTENSION as u8);
    w.text("tpm-add-key");
    w.byte(ADD_IDENTITY as u8); // as in the request for other keys, whose form this has from here on
    w.text("TPMKEY");
    w.string(this.file);
    w.string(this.certificate);
    if (this.lifetime > 0) {
      w.byte(LIFETIME);
      w.uint32(this.lifetime);
    }
    if (this.confirm) w.byte(CONFIRM);
  }
}
