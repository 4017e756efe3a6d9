/**
 * Messages of the authentication protocol, RFC 4252: fields in wire order, and nothing else. `decode` starts behind the
 * message number.
 *
 * Byte arrays that `decode` gives are views into the packet. Of the methods' own fields only those of `publickey` are
 * known here, and of its sister `publickey-hostbound-v00@openssh.com`; PASSWD_CHANGEREQ and the like are left out.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Message } from "./message.ts";
import * as number from "./number.ts";

/** SSH_MSG_USERAUTH_REQUEST, RFC 4252 section 5. */
export class UserauthRequest extends Message {
  user: Uint8Array = EMPTY;
  service: Uint8Array = EMPTY;
  method: Uint8Array = EMPTY;
  /** What the method adds, e.g. `PublicKeyFields`. */
  fields: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.USERAUTH_REQUEST as u8);
    w.string(this.user);
    w.string(this.service);
    w.string(this.method);
    w.raw(this.fields);
  }

  static decode(r: Reader): UserauthRequest {
    const m = new UserauthRequest();
    m.user = r.string();
    m.service = r.string();
    m.method = r.string();
    m.fields = r.rest();
    return m;
  }
}

/**
 * What `publickey` adds to the request, RFC 4252 section 7; `hostBound` adds the server's host key to that (OpenSSH's
 * PROTOCOL, section 3.1). Without a signature it asks whether the key would do.
 */
export class PublicKeyFields {
  hostBound: bool;
  signed: bool = false;
  algorithm: Uint8Array = EMPTY;
  publicKey: Uint8Array = EMPTY;
  /** Only if `hostBound`. */
  hostKey: Uint8Array = EMPTY;
  /** Only if `signed`. */
  signature: Uint8Array = EMPTY;

  constructor(hostBound: bool) {
    this.hostBound = hostBound;
  }

  encode(w: Writer): void {
    w.boolean(this.signed);
    w.string(this.algorithm);
    w.string(this.publicKey);
    if (this.hostBound) w.string(this.hostKey);
    if (this.signed) w.string(this.signature);
  }

  static decode(r: Reader, hostBound: bool): PublicKeyFields {
    const m = new PublicKeyFields(hostBound);
    m.signed = r.boolean();
    m.algorithm = r.string();
    m.publicKey = r.string();
    if (hostBound) m.hostKey = r.string();
    if (m.signed) m.signature = r.string();
    return m;
  }
}

/** SSH_MSG_USERAUTH_FAILURE, RFC 4252 section 5.1. */
export class UserauthFailure extends Message {
  /** The methods that may go on, as a name-list. */
  methods: string = "";
  partialSuccess: bool = false;

  encode(w: Writer): void {
    w.byte(number.USERAUTH_FAILURE as u8);
    w.text(this.methods);
    w.boolean(this.partialSuccess);
  }

  static decode(r: Reader): UserauthFailure {
    const m = new UserauthFailure();
    m.methods = printable(r.string());
    m.partialSuccess = r.boolean();
    return m;
  }
}

/** SSH_MSG_USERAUTH_SUCCESS, RFC 4252 section 5.1. */
export class UserauthSuccess extends Message {
  encode(w: Writer): void {
    w.byte(number.USERAUTH_SUCCESS as u8);
  }

  static decode(_r: Reader): UserauthSuccess {
    return new UserauthSuccess();
  }
}

/** SSH_MSG_USERAUTH_BANNER, RFC 4252 section 5.4: text for the user. */
export class UserauthBanner extends Message {
  /** UTF-8, with lines that end in CRLF. */
  text: Uint8Array = EMPTY;
  language: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.USERAUTH_BANNER as u8);
    w.string(this.text);
    w.string(this.language);
  }

  static decode(r: Reader): UserauthBanner {
    const m = new UserauthBanner();
    m.text = r.string();
    m.language = r.string();
    return m;
  }
}

/** SSH_MSG_USERAUTH_PK_OK, RFC 4252 section 7. */
export class UserauthPkOk extends Message {
  algorithm: Uint8Array = EMPTY;
  publicKey: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.USERAUTH_PK_OK as u8);
    w.string(this.algorithm);
    w.string(this.publicKey);
  }

  static decode(r: Reader): UserauthPkOk {
    const m = new UserauthPkOk();
    m.algorithm = r.string();
    m.publicKey = r.string();
    return m;
  }
}
