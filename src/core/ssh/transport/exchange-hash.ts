/** The exchange hash H, RFC 4253 section 8 in the form of RFC 5656 section 4, which the hybrids keep. */
import { Writer } from "../../wire/writer.ts";
import { KeyExchangeMethod } from "./key-exchange-method.ts";

/** What H is made of, in the order in which it is hashed. */
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

/**
 * H over `transcript`, K_S (`hostKey`), Q_C (`clientPublicKey`), Q_S (`serverPublicKey`) and K, the last already encoded as
 * the method demands.
 */
export function exchangeHash(
  method: KeyExchangeMethod,
  transcript: Transcript,
  hostKey: Uint8Array,
  clientPublicKey: Uint8Array,
  serverPublicKey: Uint8Array,
  encodedSecret: Uint8Array,
): Uint8Array {
  const w = new Writer(8192);
  w.string(transcript.clientIdentification);
  w.string(transcript.serverIdentification);
  w.string(transcript.clientKexInit);
  w.string(transcript.serverKexInit);
  w.string(hostKey);
  w.string(clientPublicKey);
  w.string(serverPublicKey);
  w.raw(encodedSecret);
  const hash = method.digest(w.written());
  w.wipe();
  return hash;
}
