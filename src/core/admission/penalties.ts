/**
 * Penalties for where misbehaved clients come from, as OpenSSH's PerSourcePenalties: each misdeed adds to what its source
 * has to its account, up to a maximum. A source whose account reaches a minimum is refused until the time has passed;
 * below that it only has less of it left. A login pays everything, which is not so with OpenSSH: whoever has one key right
 * is no guesser, and must not be kept out over a misspelt name.
 *
 * A source is a text that the caller chooses. When too many have an account, the one that has the least left loses it
 * (OpenSSH's overflow:permissive): whoever has many addresses can shorten penalties, but has nobody else refused.
 */

/** Sources that have an account at once. OpenSSH keeps 65,536 of each family; here all are looked through. */
export const SOURCES_LIMIT: i32 = 4096;

/** All in milliseconds. The values are OpenSSH 10's. */
export class PenaltyOptions {
  /** A connection's process was ended by a signal before anybody had logged in. */
  crash: f64 = 90_000;
  /** At least one attempt to log in was refused, and none accepted. */
  refusal: f64 = 5_000;
  /** Nobody tried to log in. */
  silence: f64 = 1_000;
  /** Nobody had logged in when time was up. */
  timeout: f64 = 10_000;
  /** What is added up before a source is refused, and what it is at most. */
  minimum: f64 = 15_000;
  maximum: f64 = 600_000;
}

class Account {
  source: string;
  /** When nothing is left of it. */
  end: f64;
  refused: bool = false;

  constructor(source: string, end: f64) {
    this.source = source;
    this.end = end;
  }
}

export class Penalties {
  private options: PenaltyOptions;
  private accounts: Account[] = [];

  constructor(options: PenaltyOptions) {
    this.options = options;
  }

  /** Adds `milliseconds` for a misdeed at `now`. True if `source` is refused from now on, and was not before. */
  add(source: string, milliseconds: f64, now: f64): bool {
    if (milliseconds <= 0) return false;
    const account = this.accountOf(source, now);
    account.end = Math.min(account.end + milliseconds, now + this.options.maximum);
    if (account.refused || account.end - now < this.options.minimum) return false;
    account.refused = true;
    return true;
  }

  /** For how many milliseconds from `now` on `source` is refused; 0 if it isn't. */
  left(source: string, now: f64): f64 {
    const index = this.indexOf(source);
    if (index < 0) return 0;
    const account = this.accounts[index];
    return account.refused && account.end > now ? account.end - now : 0;
  }

  /** Somebody has logged in from `source`: nothing is held against it any more. */
  forgive(source: string): void {
    const index = this.indexOf(source);
    if (index >= 0) this.drop(index);
  }

  private indexOf(source: string): i32 {
    for (let i = 0; i < this.accounts.length; i++) {
      if (this.accounts[i].source == source) return i;
    }
    return -1;
  }

  /** The account of `source`, made if there is none; those that are used up go. */
  private accountOf(source: string, now: f64): Account {
    let soonest = 0;
    for (let i = 0; i < this.accounts.length;) {
      const account = this.accounts[i];
      if (account.end <= now) {
        this.drop(i);
        continue;
      }
      if (account.source == source) return account;
      if (account.end < this.accounts[soonest].end) soonest = i;
      i++;
    }
    if (this.accounts.length == SOURCES_LIMIT) this.drop(soonest);
    const made = new Account(source, now);
    this.accounts.push(made);
    return made;
  }

  /** Their order has no meaning. */
  private drop(index: i32): void {
    this.accounts[index] = this.accounts[this.accounts.length - 1];
    this.accounts.pop();
  }
}
