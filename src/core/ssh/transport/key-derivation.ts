/** Keys from the shared secret, RFC 4253 section 7.2. The cipher here needs no initial IV and no integrity key. */
import { wipe } from "../../bytes/bytes.ts";
import { Writer } from "../../wire/writer.ts";
import { KeyExchangeMethod } from "./key-exchange-method.ts";

/** Letters of the encryption keys: client to server, server to client. */
export const KEY_TO_SERVER: u8 = 67;
export const KEY_TO_CLIENT: u8 = 68;

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
