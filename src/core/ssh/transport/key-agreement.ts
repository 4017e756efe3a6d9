/** The server's computing in a key exchange, RFC 4253 sections 7.2 and 8: from the client's public key to the new keys. */
import { EMPTY, wipe } from "../../bytes/bytes.ts";
import { Environment } from "../environment.ts";
import { KexEcdhReply } from "../message/key-exchange.ts";
import { Cipher, Plain } from "./cipher.ts";
import { newCipher } from "./ciphers.ts";
import { Exchange, Transcript } from "./exchange-hash.ts";
import { DerivedKeys } from "./key-derivation.ts";
import { Agreement } from "./negotiation.ts";

/** What the server gets out of a key exchange. */
export class NewSecrets {
  /** What went wrong, and then nothing else counts; empty if nothing did. */
  fault: string = "";
  reply: KexEcdhReply = new KexEcdhReply();
  /** H. */
  exchangeHash: Uint8Array = EMPTY;
  toServer: Cipher = new Plain();
  toClient: Cipher = new Plain();

  /** Gives up, and wipes what there was of keys. */
  failed(fault: string): NewSecrets {
    this.toServer.wipe();
    this.toClient.wipe();
    this.fault = fault;
    return this;
  }
}

/** `sessionId` is empty in a connection's first exchange, whose H becomes the session id. */
export function agreeOnKeys(
  agreement: Agreement,
  transcript: Transcript,
  clientPublicKey: Uint8Array,
  sessionId: Uint8Array,
  environment: Environment,
): NewSecrets {
  const result = new NewSecrets();
  const method = agreement.method!;
  const hostKey = agreement.hostKey!;
  const encapsulation = method.encapsulate(clientPublicKey, environment);
  if (encapsulation == null) return result.failed("invalid public key for " + method.name);

  const blob = hostKey.publicKey();
  const secret = encapsulation.encodedSecret;
  const exchange = new Exchange(method, transcript, blob, clientPublicKey, encapsulation.ciphertext, secret);
  const hash = exchange.hash;
  const session = sessionId.length == 0 ? hash : sessionId;
  result.toServer = newCipher(agreement.cipherToServer, new DerivedKeys(method, secret, hash, session, true));
  result.toClient = newCipher(agreement.cipherToClient, new DerivedKeys(method, secret, hash, session, false));
  result.exchangeHash = hash;

  const signature = hostKey.signExchange(exchange);
  wipe(secret);
  if (signature == null) return result.failed("the host key " + hostKey.algorithm() + " cannot be used");
  result.reply.hostKey = blob;
  result.reply.serverPublicKey = encapsulation.ciphertext;
  result.reply.signature = signature;
  return result;
}
