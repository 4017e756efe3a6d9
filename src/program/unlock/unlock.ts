/**
 * postern unlock: gives the passphrase of encrypted disks to what waits for it at boot, and tells what came of it.
 *
 * A disk gets the passphrase only if its header has nothing wrong with it (src/core/unlock/luks-header.ts). One passphrase
 * is tried on all disks that are meant, also on those that are asked for only when another one has opened.
 *
 * On purpose: no PINs of TPMs and security keys, whose askers say what they want in their own words; and no watching of
 * folders: disks take seconds to open, and looking again costs nothing.
 */
import { concat } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { now, sleep } from "../../linux/clock.ts";
import { STDIN } from "../../linux/descriptor.ts";
import { forgetUserKey } from "../../linux/keyring.ts";
import { forbidTracing } from "../../linux/process.ts";
import { isTerminal } from "../../linux/prompt.ts";
import { ignoreBrokenPipes } from "../../linux/signals.ts";
import { log } from "../log.ts";
import { print, printError } from "../print.ts";
import { CONTINUE, FAILURE, Program, SUCCESS } from "../program.ts";
import { waitingDisks } from "./askers.ts";
import { CryptsetupDisk } from "./cryptsetup-disk.ts";
import * as state from "./disk.ts";
import { Disk, findDisk } from "./disk.ts";
import { isEmergency, isRootThere, resumeBoot } from "./emergency.ts";
import { Passphrase } from "./passphrase.ts";
import { jsonOf, listLine, outcomeLine } from "./report.ts";
import { Settings, UNLOCK } from "./settings.ts";
import { isKeyLoaded } from "./zfs.ts";

/** Exit statuses beside those of all programs. */
const WRONG_PASSPHRASE: i32 = 2;
const NOTHING_WAITS: i32 = 3;
const TIMEOUT: i32 = 4;

/** How often a person may be wrong before no disk has opened. */
const ATTEMPTS: i32 = 3;
/** Milliseconds between two looks. */
const PAUSE: f64 = 100;
/** Looks between two at ZFS, which are programs to run. */
const ZFS_LOOKS: i32 = 20;
/** Milliseconds in which a first disk may come to be asked for: who logs in early is faster than the boot. */
const GRACE: f64 = 3000;
/** Milliseconds in which the next disk comes to be asked for, where that is done one after the other. */
const SETTLING: f64 = 1500;

/** What systemd calls the passphrases and PINs of disks that it keeps for 150 seconds, in case of other disks. */
const KEPT: string[] = ["cryptsetup", "tpm2-pin", "fido2-pin", "pkcs11-pin"];

const START: i32 = 0;
const FIND: i32 = 1;
const CHECK: i32 = 2;
const ASK: i32 = 3;
const WATCH: i32 = 4;
const RESUME: i32 = 5;

export class Unlock extends Program {
  private words: Uint8Array[];
  private settings: Settings = new Settings();
  private passphrase: Passphrase = new Passphrase();
  private phase: i32 = START;
  private disks: Disk[] = new Array<Disk>();
  /** A disk was named that nobody asks for. */
  private missing: bool = false;
  private looks: i32 = 0;
  private attempts: i32 = 0;
  private deadline: f64 = 0;
  /** All disks that were meant are open. */
  private unlocked: bool = false;
  /** A boot that had stopped was told to go on. */
  private resumed: bool = false;
  /** Until then another disk may be asked for. */
  private settled: f64 = 0;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  /** A phase does a little, and is called again; the last one returns the exit status. */
  step(): i32 {
    if (this.phase == START) return this.begin();
    if (this.phase == FIND) return this.find();
    if (this.phase == CHECK) return this.check();
    if (this.phase == ASK) return this.ask();
    return this.phase == WATCH ? this.watch() : this.resume();
  }

  private begin(): i32 {
    log.program = UNLOCK;
    const outcome = this.settings.read(this.words);
    if (outcome >= 0) return outcome;
    if (this.settings.forget) return forget();
    forbidTracing();
    const settings = this.settings;
    if (!settings.headerCheck && !settings.list) {
      printError(UNLOCK + ": LUKS headers are NOT checked: a disk that was tampered with gets the passphrase, too\n");
    }
    const short = settings.disks.length == 0 && settings.milliseconds > GRACE;
    this.deadline = now() + (short ? GRACE : settings.milliseconds);
    this.phase = FIND;
    if (settings.device.length == 0) return CONTINUE;
    this.disks = [new CryptsetupDisk(settings.root, settings.device, settings.name)];
    if (!this.disks[0].isOpen()) this.phase = CHECK;
    else this.change(this.disks[0], state.OPEN);
    return this.phase == CHECK ? CONTINUE : this.end();
  }

  /** The disks that are asked for and meant. */
  private waiting(withZfs: bool): Disk[] {
    const meant = new Array<Disk>();
    const all = waitingDisks(this.settings.root, withZfs);
    for (let i = 0; i < all.length; i++) {
      if (this.settings.means(all[i])) meant.push(all[i]);
    }
    return meant;
  }

  private find(): i32 {
    const withZfs = this.looks % ZFS_LOOKS == 0;
    this.looks++;
    this.disks = this.waiting(withZfs);
    const names = this.settings.disks;
    this.missing = false;
    for (let i = 0; i < names.length; i++) {
      const known = this.isAskedFor(names[i]) || this.isMapped(names[i]) || (withZfs && isKeyLoaded(names[i]));
      if (!known) this.missing = true;
    }
    const enough = names.length == 0 ? this.disks.length > 0 : !this.missing;
    if (!enough && !this.settings.list && now() < this.deadline) {
      sleep(PAUSE);
      return CONTINUE;
    }
    this.phase = CHECK;
    if (this.disks.length > 0 || this.settings.list) return CONTINUE;
    if (enough) return this.end(); // all that were named are open
    this.phase = RESUME;
    return CONTINUE;
  }

  private isAskedFor(name: Uint8Array): bool {
    for (let i = 0; i < this.disks.length; i++) {
      if (this.disks[i].isCalled(name)) return true;
    }
    return false;
  }

  private isMapped(name: Uint8Array): bool {
    return this.settings.root.has(concat(ascii("/dev/mapper/"), name));
  }

  /** Looks at one header: a large one takes much memory, which is to be had again after a step. */
  private check(): i32 {
    for (let i = 0; i < this.disks.length; i++) {
      const disk = this.disks[i];
      if (disk.isChecked) continue;
      this.checkHeader(disk);
      return CONTINUE;
    }
    if (this.settings.list) return this.printList();
    this.phase = ASK;
    return this.count(state.WAITS) > 0 ? CONTINUE : this.end();
  }

  private checkHeader(disk: Disk): void {
    disk.isChecked = true;
    if (!this.settings.headerCheck) return;
    disk.reason = disk.headerFault();
    if (disk.reason.length == 0) return;
    disk.state = state.REFUSED;
    if (!this.settings.list) this.say(disk);
  }

  private printList(): i32 {
    let text = this.settings.json ? jsonOf(this.disks) : "";
    for (let i = 0; i < this.disks.length && !this.settings.json; i++) text += listLine(this.disks[i]);
    const status = print(text);
    return status == SUCCESS && this.disks.length == 0 ? NOTHING_WAITS : status;
  }

  private ask(): i32 {
    const typed = !this.settings.raw && isTerminal(STDIN);
    const error = typed ? this.passphrase.ask(this.question()) : this.passphrase.take(this.settings.raw);
    if (error < 0) return this.stop("unable to read the passphrase", error);
    ignoreBrokenPipes(); // who asks may go while it is answered; a question at the terminal resets it
    this.attempts++;
    const empty = this.passphrase.bytes().length == 0;
    if (empty && typed && this.attempts < ATTEMPTS) return CONTINUE;
    if (empty) return this.stop("the passphrase is empty", 0);
    this.deadline = now() + this.settings.milliseconds;
    this.settled = 0;
    this.phase = WATCH;
    return CONTINUE;
  }

  private question(): string {
    let names = "";
    for (let i = 0; i < this.disks.length; i++) {
      if (this.disks[i].state != state.WAITS) continue;
      names += (names.length > 0 ? ", " : "") + printable(this.disks[i].name);
    }
    return "Passphrase for " + names + ": ";
  }

  private stop(what: string, error: i32): i32 {
    this.passphrase.wipe();
    return log.fatal(what, error);
  }

  private watch(): i32 {
    const waiting = this.waiting(false);
    for (let i = 0; i < this.disks.length; i++) this.disks[i] = this.look(this.disks[i], waiting);
    this.takeNext(waiting);
    if (this.count(state.WAITS) + this.count(state.ANSWERED) > 0) {
      if (now() < this.deadline) {
        sleep(PAUSE);
        return CONTINUE;
      }
      this.timeOut();
    }
    if (this.settings.disks.length == 0 && now() < this.settled) {
      sleep(PAUSE);
      return CONTINUE;
    }
    const typed = !this.settings.raw && isTerminal(STDIN);
    if (!typed || this.count(state.WRONG) == 0 || this.attempts >= ATTEMPTS) return this.end();
    for (let i = 0; i < this.disks.length; i++) {
      if (this.disks[i].state == state.WRONG) this.disks[i].state = state.WAITS;
    }
    this.phase = ASK;
    return CONTINUE;
  }

  /** What a disk has become. It is another object if there is a new request for it. */
  private look(disk: Disk, waiting: Disk[]): Disk {
    const before = disk.state;
    if (before != state.WAITS && before != state.ANSWERED) return disk;
    const givenUp = disk.isGivenUp(waiting); // to be known first: it may open, and be done with, in between
    const request = disk.isDirect ? disk : findDisk(waiting, disk);
    if (before == state.WAITS && request != null) {
      request.isChecked = true;
      if (this.isJudged(disk, request)) {
        this.change(request, state.WRONG);
        return request;
      }
      request.answer(this.passphrase);
      if (request.state > state.ANSWERED) this.change(request, request.state);
      return request;
    }
    if (disk.isOpen()) this.change(disk, state.OPEN);
    else if (request != null && !disk.isAskedBy(request)) {
      request.isChecked = true;
      this.change(request, state.WRONG);
      return request;
    } else if (request == null && givenUp) {
      disk.reason = disk.asker + " asks no more";
      this.change(disk, state.GIVEN_UP);
    }
    return disk;
  }

  /**
   * True if the asker has not been answered by us, but has tried this passphrase: systemd keeps what another disk was answered
   * for all that ask for the first time. To say it again would cost one of few tries.
   */
  private isJudged(disk: Disk, request: Disk): bool {
    return request.again && !disk.again && this.count(state.WAITS) < this.disks.length;
  }

  /** Takes on one disk that nobody had asked for before. */
  private takeNext(waiting: Disk[]): void {
    if (this.settings.device.length > 0) return;
    for (let i = 0; i < waiting.length; i++) {
      if (findDisk(this.disks, waiting[i]) != null) continue;
      this.disks.push(waiting[i]);
      this.checkHeader(waiting[i]);
      return;
    }
  }

  private timeOut(): void {
    for (let i = 0; i < this.disks.length; i++) {
      if (this.disks[i].state <= state.ANSWERED) this.change(this.disks[i], state.TIMED_OUT);
    }
  }

  private change(disk: Disk, to: i32): void {
    disk.state = to;
    if (to == state.OPEN) this.attempts = 0;
    this.settled = disk.isDirect ? 0 : now() + SETTLING;
    this.say(disk);
  }

  private say(disk: Disk): void {
    if (!this.settings.json) print(outcomeLine(disk));
  }

  private count(which: i32): i32 {
    let count = 0;
    for (let i = 0; i < this.disks.length; i++) {
      if (this.disks[i].state == which) count++;
    }
    return count;
  }

  /** All is known. */
  private end(): i32 {
    this.passphrase.wipe();
    const printed = this.settings.json ? print(jsonOf(this.disks)) : SUCCESS;
    if (printed != SUCCESS || this.count(state.REFUSED) + this.count(state.FAILED) > 0) return FAILURE;
    if (this.count(state.WRONG) + this.count(state.GIVEN_UP) > 0) return WRONG_PASSPHRASE;
    if (this.missing || this.count(state.TIMED_OUT) > 0) return TIMEOUT;
    if (!isEmergency(this.settings.root)) return SUCCESS;
    this.unlocked = true;
    this.deadline = now() + this.settings.milliseconds;
    this.phase = RESUME;
    return CONTINUE;
  }

  /**
   * Has a boot that has stopped go on: with what was unlocked, or to where disks are asked for again, after passphrases that
   * were all wrong.
   */
  private resume(): i32 {
    const root = this.settings.root;
    const isThere: bool = isRootThere(root);
    if (this.unlocked && now() < this.deadline && !isThere) {
      sleep(PAUSE);
      return CONTINUE;
    }
    if (this.unlocked || (!this.resumed && isEmergency(root))) {
      if (!resumeBoot()) return log.fatal("systemd is in emergency mode, and does not start initrd.target");
      if (!this.resumed) printError(UNLOCK + ": systemd was in emergency mode; the boot goes on\n");
      this.resumed = true;
      if (this.unlocked || isThere) return SUCCESS;
      this.deadline = now() + this.settings.milliseconds;
      this.phase = FIND;
      return CONTINUE;
    }
    if (this.settings.json) print(jsonOf(this.disks));
    printError(UNLOCK + (this.missing ? ": nobody asks for that disk\n" : ": no disk waits for a passphrase\n"));
    return this.missing ? TIMEOUT : NOTHING_WAITS;
  }
}

function forget(): i32 {
  for (let i = 0; i < KEPT.length; i++) forgetUserKey(KEPT[i]);
  return SUCCESS;
}
