/** The exchange hash H, RFC 4253 section 8 in the form of RFC 5656 section 4, which the hybrids keep. */
import { Writer } from "../../wire/writer.ts";
import { KeyExchangeMethod } from "./key-exchange-method.ts";

/** What was said before the client sent its public key, in the order in which it is hashed. */
export class Transcript {
  /** V_C and V_S: the identification lines without CR LF. */
  clientIdentification: Uint8Array;
  serverIdentification: Uint8Array;
  /** I_C and I_S: the payloads of both KEXINITs. */
  clientKexInit: Uint8Array;
  serverKexInit: Uint8Array;

  constructor(
    clientIdentification: Uint8Array,
    serverIdentification: Uint8Array,
    clientKexInit: Uint8Array,
    serverKexInit: Uint8Array,
  ) {
    this.clientIdentification = clientIdentification;
    this.serverIdentification = serverIdentification;
    this.clientKexInit = clientKexInit;
    this.serverKexInit = serverKexInit;
  }
}

/** All that H is made of, and H. */
export class Exchange {
  transcript: Transcript;
  /** K_S. */
  hostKey: Uint8Array;
  /** Q_C and Q_S. */
  clientPublicKey: Uint8Array;
  serverPublicKey: Uint8Array;
  /** K, encoded as the method demands. Secret: whoever made it wipes it. */
  encodedSecret: Uint8Array;
  /** H. */
  hash: Uint8Array;

  constructor(
    method: KeyExchangeMethod,
    transcript: Transcript,
    hostKey: Uint8Array,
    clientPublicKey: Uint8Array,
    serverPublicKey: Uint8Array,
    encodedSecret: Uint8Array,
  ) {
    this.transcript = transcript;
    this.hostKey = hostKey;
    this.clientPublicKey = clientPublicKey;
    this.serverPublicKey = serverPublicKey;
    this.encodedSecret = encodedSecret;
    const w = new Writer(8192);
    w.string(transcript.clientIdentification);
    w.string(transcript.serverIdentification);
    w.string(transcript.clientKexInit);
    w.string(transcript.serverKexInit);
    w.string(hostKey);
    w.string(clientPublicKey);
    w.string(serverPublicKey);
    w.raw(encodedSecret);
    this.hash = method.digest(w.written());
    w.wipe();
  }
}
