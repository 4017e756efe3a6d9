/** Keys from the shared secret, RFC 4253 section 7.2. No cipher here needs an integrity key of its own. */
import { wipe } from "../../bytes/bytes.ts";
import { Writer } from "../../wire/writer.ts";
import { KeySource } from "./cipher.ts";
import { KeyExchangeMethod } from "./key-exchange-method.ts";

/** Letters of the initial IV and of the encryption key from client to server; those of the other way come next. */
const IV_TO_SERVER: u8 = 65;
const KEY_TO_SERVER: u8 = 67;

/** The keys of one direction. */
export class DerivedKeys extends KeySource {
  private method: KeyExchangeMethod;
  private encodedSecret: Uint8Array;
  private exchangeHash: Uint8Array;
  private sessionId: Uint8Array;
  private toServer: bool;

  /** `encodedSecret` must stay as it is until the keys are made. */
  constructor(
    method: KeyExchangeMethod,
    encodedSecret: Uint8Array,
    exchangeHash: Uint8Array,
    sessionId: Uint8Array,
    toServer: bool,
  ) {
    super();
    this.method = method;
    this.encodedSecret = encodedSecret;
    this.exchangeHash = exchangeHash;
    this.sessionId = sessionId;
    this.toServer = toServer;
  }

  key(length: i32): Uint8Array {
    return this.derive(KEY_TO_SERVER, length);
  }

  initialIv(length: i32): Uint8Array {
    return this.derive(IV_TO_SERVER, length);
  }

  private derive(letter: u8, length: i32): Uint8Array {
    const own = (this.toServer ? letter : letter + 1) as u8;
    return deriveKey(this.method, this.encodedSecret, this.exchangeHash, own, this.sessionId, length);
  }
}

/**
 * `length` bytes of key: K1 = HASH(K, H, letter, session id), then Kn = HASH(K, H, K1, ..., Kn-1) until there are enough.
 * `encodedSecret` is K as the method encodes it; secret, as is the result.
 */
export function deriveKey(
  method: KeyExchangeMethod,
  encodedSecret: Uint8Array,
  exchangeHash: Uint8Array,
  letter: u8,
  sessionId: Uint8Array,
  length: i32,
): Uint8Array {
  const key = new Uint8Array(length);
  const w = new Writer(512);
  let done = 0;
  while (done < length) {
    w.raw(encodedSecret);
    w.raw(exchangeHash);
    if (done == 0) {
      w.byte(letter);
      w.raw(sessionId);
    } else {
      w.raw(key.subarray(0, done));
    }
    const block = method.digest(w.written());
    const taken = block.length < length - done ? block.length : length - done;
    key.set(block.subarray(0, taken), done);
    done += taken;
    wipe(block);
    w.wipe();
  }
  return key;
}
