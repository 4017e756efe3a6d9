/**
 * Who may log in: users of the system by the keys in their ~/.ssh/authorized_keys.
 *
 * The question goes to a process of its own, which becomes the user before it touches a file of theirs. An ordinary
 * user's server answers for that user alone. Left out on purpose, as in TinySSH: shadow(5) and its expiry, nologin(5),
 * /etc/shells, PAM.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { lists } from "../../core/ssh/auth/authorized-keys.ts";
import { Grant } from "../../core/ssh/auth/grant.ts";
import { KeyProof } from "../../core/ssh/auth/key-proof.ts";
import { LoginAttempt } from "../../core/ssh/auth/login-attempt.ts";
import { Authority } from "../../core/ssh/environment.ts";
import { RevokedKeys } from "../../core/ssh/key/revoked-keys.ts";
import { Reader } from "../../core/wire/reader.ts";
import { Writer } from "../../core/wire/writer.ts";
import { Account, accountNamed, accountsError } from "../../linux/accounts.ts";
import { now, sleep } from "../../linux/clock.ts";
import { Errand } from "../../linux/errand.ts";
import { readFile } from "../../linux/file.ts";
import { becomeUser, effectiveUser } from "../../linux/user.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { log } from "../log.ts";
import { AuthorizedKeysFile, isPerUser } from "./authorized-keys-file.ts";

/**
 * A "no" is given at the next multiple of this many milliseconds after the question, so that its time does not tell an
 * unknown user from a key that isn't listed. Looking into /etc/passwd and ~/.ssh takes well under one.
 */
const QUANTUM: i64 = 25;
/** How long the question may take in all, in milliseconds: a directory server may be slow. */
const TIMEOUT: f64 = 45000;
/** Bytes of an encoded grant: it holds no more than a line of authorized_keys and a certificate can say. */
const GRANT_LIMIT: i32 = 1 << 18;
/** Bytes of the list of authorities, and of that of revoked keys: OpenSSH's lists of a million serial numbers fit. */
const AUTHORITIES_LIMIT: i32 = 1 << 18;
const REVOKED_LIMIT: i32 = 1 << 22;

/** Where it is written who may log in. */
export class KeyFiles {
  /** Users' keys, see AuthorizedKeysFile. */
  authorizedKeys: Uint8Array = EMPTY;
  /** Certification authorities that speak for every user; empty if there are none. */
  trustedAuthorities: Uint8Array = EMPTY;
  /** Keys and certificates that are good no more; empty if there are none. */
  revokedKeys: Uint8Array = EMPTY;
}

/** Looks up the account and the key. The answer is an encoded grant; empty for no. */
class KeySearch extends Errand {
  private attempt: LoginAttempt;
  private files: KeyFiles;

  constructor(attempt: LoginAttempt, files: KeyFiles) {
    super();
    this.attempt = attempt;
    this.files = files;
  }

  run(): Uint8Array {
    const grant = this.grant();
    if (grant == null) return EMPTY;
    const w = new Writer(256);
    grant.encode(w);
    return w.written();
  }

  private grant(): Grant | null {
    if (this.isRevoked()) return null;
    const account = servedAccount(this.attempt.proof.user);
    if (account == null) return null;
    const grant = this.grantByTrustedAuthority();
    if (grant != null) return grant;
    if (!this.isMeantFor(account) || !takeRights(account)) return null;
    return new AuthorizedKeysFile(account, this.files.authorizedKeys).grant(this.attempt);
  }

  /** A list that can't be read might have held this very key. */
  private isRevoked(): bool {
    const path = this.files.revokedKeys;
    if (path.length == 0) return false;
    const file = readFile(path, REVOKED_LIMIT);
    if (file.error < 0) {
      log.warning("auth: unable to read " + printable(path) + ": no key is taken", file.error);
      return true;
    }
    const list = new RevokedKeys(file.bytes);
    const credential = this.attempt.proof.credential;
    const revoked = list.revokes(credential);
    if (list.error.length > 0) log.warning("auth: " + printable(path) + ": " + list.error + ": no key is taken");
    else if (revoked) log.warning("auth: " + credential.describe() + " or its authority is revoked");
    return revoked;
  }

  private grantByTrustedAuthority(): Grant | null {
    const path = this.files.trustedAuthorities;
    const attempt = this.attempt;
    if (path.length == 0 || attempt.proof.credential.certificate == null) return null;
    const file = readFile(path, AUTHORITIES_LIMIT);
    if (file.error < 0) {
      log.warning("auth: unable to read " + printable(path), file.error);
      return null;
    }
    if (!lists(file.bytes, attempt.proof.credential.listed())) return null;
    const grant = attempt.byTrustedAuthority();
    if (grant == null) log.warning("auth: " + printable(path) + ": " + attempt.refusal);
    return grant;
  }

  /** One file for all users would let each of them in as any other: it speaks for the server's own user alone. */
  private isMeantFor(account: Account): bool {
    const path = this.files.authorizedKeys;
    if (path.length == 0 || isPerUser(path) || account.user == effectiveUser()) return true;
    log.warning("auth: account " + printable(account.name) + ": not the user whose --authorized-keys these are");
    return false;
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
  files: KeyFiles = new KeyFiles();
  /** The client's address: 4 or 16 bytes, empty if it isn't known. */
  client: Uint8Array = EMPTY;
  private noneAllowed: bool;

  /** `noneAllowed`: the user whose process this is may log in without proof. */
  constructor(noneAllowed: bool) {
    super();
    this.noneAllowed = noneAllowed;
  }

  admit(proof: KeyProof): Grant | null {
    const asked = now();
    const search = new KeySearch(new LoginAttempt(proof, this.client, wallClock().time()), this.files);
    const answer = search.answerWithin(GRANT_LIMIT, TIMEOUT);
    if (search.error < 0) log.warning("auth: unable to start a process", search.error);
    else if (answer == null) log.warning("auth: the account and its keys could not be looked up in time");
    if (answer != null && answer.length > 0) {
      const r = new Reader(answer);
      const grant = Grant.decode(r);
      if (r.ok()) return grant;
      log.warning("auth: the answer about the account and its keys is malformed");
    }
    const quanta = ((now() - asked) as i64) / QUANTUM + 1;
    sleep(asked + ((quanta * QUANTUM) as f64) - now());
    return null;
  }

  admitWithoutProof(user: Uint8Array): Grant | null {
    if (!this.noneAllowed) return null;
    const account = accountNamed(user);
    return account != null && account.user == effectiveUser() ? Grant.ofAll("none") : null;
  }
}
