/** The core's surroundings on Linux: randomness, a clock, the log. */
import { Environment } from "../../core/ssh/environment.ts";
import { Event } from "../../core/ssh/event.ts";
import { now } from "../../linux/clock.ts";
import { fillRandom } from "../../linux/random.ts";
import { log } from "../log.ts";

export class LinuxEnvironment extends Environment {
  random(out: Uint8Array): void {
    fillRandom(out);
  }

  now(): f64 {
    return now();
  }

  log(level: i32, message: string): void {
    log.write(level, message);
  }

  override event(event: Event): void {
    log.event(event);
  }
}

const LETTERS: string = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const NAME_LENGTH: i32 = 8;

/** A name for one connection that tells its log lines from others': eight letters or digits, each as likely. */
export function randomName(): string {
  let name = "";
  const bytes = new Uint8Array(NAME_LENGTH);
  while (name.length < NAME_LENGTH) {
    fillRandom(bytes);
    for (let i = 0; i < bytes.length && name.length < NAME_LENGTH; i++) {
      const index = (bytes[i] as i32) & 63;
      if (index < LETTERS.length) name += LETTERS.charAt(index);
    }
  }
  return name;
}
