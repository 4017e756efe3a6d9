/** Where connections to an initramfs come from: nothing is held against anybody, for whoever did wrong may be needed next. */
import { Event } from "../../core/ssh/event.ts";
import { hostText } from "../../core/ip-address.ts";
import { InternetAddress } from "../../linux/internet-address.ts";
import { log } from "../log.ts";
import { AdmissionOptions } from "./admission-options.ts";

export class Client {
  address: InternetAddress | null;
  source: string;

  constructor(address: InternetAddress | null, source: string) {
    this.address = address;
    this.source = source;
  }

  text(): string {
    return this.source;
  }

  event(name: string, words: string): Event {
    return new Event(name, words);
  }
}

export class Admission {
  constructor(_options: AdmissionOptions) {}

  clientAt(address: InternetAddress | null): Client {
    return new Client(address, address == null ? "unknown" : hostText(address.address()));
  }

  isPunished(_client: Client): bool {
    return false;
  }

  judge(_client: Client, _outcome: i32): void {}

  reportRefusal(client: Client, what: string, reason: string): void {
    log.info("refuse: connection from " + client.text() + " " + what + ": " + reason);
  }
}
