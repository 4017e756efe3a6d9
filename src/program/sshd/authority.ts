/**
 * Who may log in: users of the system by the keys in their ~/.ssh/authorized_keys.
 *
 * The question goes to a process of its own, which becomes the user before it touches a file of theirs. An ordinary
 * user's server answers for that user alone. Left out on purpose, as in TinySSH: shadow(5) and its expiry, nologin(5),
 * /etc/shells, PAM.
 */
import { printable } from "../../core/bytes/text.ts";
import { Authority } from "../../core/ssh/environment.ts";
import { Account, accountNamed, accountsError } from "../../linux/accounts.ts";
import { now, sleep } from "../../linux/clock.ts";
import { Errand } from "../../linux/errand.ts";
import { becomeUser, effectiveUser } from "../../linux/user.ts";
import { log } from "../log.ts";
import { isAuthorized } from "./authorized-keys-file.ts";

/**
 * A "no" is given at the next multiple of this many milliseconds after the question, so that its time does not tell an
 * unknown user from a key that isn't listed. Looking into /etc/passwd and ~/.ssh takes well under one.
 */
const QUANTUM: i64 = 25;
/** How long the question may take in all, in milliseconds: a directory server may be slow. */
const TIMEOUT: f64 = 45000;

/** Looks up the account and the key. The answer is one byte, 1 for yes. */
class KeySearch extends Errand {
  private user: Uint8Array;
  private algorithm: string;
  private publicKey: Uint8Array;

  constructor(user: Uint8Array, algorithm: string, publicKey: Uint8Array) {
    super();
    this.user = user;
    this.algorithm = algorithm;
    this.publicKey = publicKey;
  }

  run(): Uint8Array {
    const answer = new Uint8Array(1);
    const account = servedAccount(this.user);
    if (account != null && takeRights(account) && isAuthorized(account, this.algorithm, this.publicKey)) answer[0] = 1;
    return answer;
  }
}

/** The account called `name` if this process may serve it; otherwise null, and the log says why. */
export function servedAccount(name: Uint8Array): Account | null {
  const account = accountNamed(name);
  const own = effectiveUser();
  const error = account == null ? accountsError() : 0;
  if (error < 0) log.warning("auth: account " + printable(name) + ": not exist, for lack of /etc/passwd", error);
  else if (account == null) log.warning("auth: account " + printable(name) + ": not exist");
  else if (own == 0 || own == account.user) return account;
  else log.warning("auth: account " + printable(name) + ": not the user whose server this is");
  return null;
}

/** Gives up root's rights for the account's; an ordinary user's process has no others than its own. */
export function takeRights(account: Account): bool {
  const own = effectiveUser();
  if (own != 0) return own == account.user;
  if (becomeUser(account.user, account.group, account.groups)) return true;
  log.warning("auth: unable to change to user " + printable(account.name));
  return false;
}

export class SystemAuthority extends Authority {
  private noneAllowed: bool;

  /** `noneAllowed`: the user whose process this is may log in without proof. */
  constructor(noneAllowed: bool) {
    super();
    this.noneAllowed = noneAllowed;
  }

  permitsKey(user: Uint8Array, algorithm: string, publicKey: Uint8Array): bool {
    const asked = now();
    const search = new KeySearch(user, algorithm, publicKey);
    const answer = search.answer(1, TIMEOUT);
    if (search.error < 0) log.warning("auth: unable to start a process", search.error);
    if (answer != null && answer[0] == 1) return true;
    const quanta = ((now() - asked) as i64) / QUANTUM + 1;
    sleep(asked + ((quanta * QUANTUM) as f64) - now());
    return false;
  }

  permitsNone(user: Uint8Array): bool {
    if (!this.noneAllowed) return false;
    const account = accountNamed(user);
    return account != null && account.user == effectiveUser();
  }
}
