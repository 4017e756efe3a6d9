/** What a person is asked on behalf of a client. */

/** For a PIN, which isn't shown while it is typed. */
export const ASK_PIN: i32 = 0;
/** For yes or no. */
export const ASK_CONSENT: i32 = 1;

export class Question {
  /** ASK_PIN or ASK_CONSENT. */
  kind: i32;
  /** Lines, in printable ASCII. */
  text: string;

  constructor(kind: i32, text: string) {
    this.kind = kind;
    this.text = text;
  }
}
