/** What a key is added with (draft-miller-ssh-agent section 3.2.7): how long it stays, and how it may be used. */
import { copyOf } from "../../bytes/bytes.ts";
import { isText, excerpt } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Destination } from "./destination.ts";

const LIFETIME: i32 = 1;
const CONFIRM: i32 = 2;
const EXTENSION: i32 = 255;

const RESTRICT_DESTINATION: string = "restrict-destination-v00@openssh.com";

export class Constraints {
  /** Why the key can't be added with these; empty if it can. What isn't known could be a protection, so it is refused. */
  fault: string = "";
  /** Milliseconds; negative if there is no end. */
  lifetime: f64 = -1;
  /** Somebody is asked before each use. */
  confirm: bool = false;
  /** Where it may be used; anywhere if there are none. */
  destinations: Destination[] = new Array<Destination>();

  /** Reads all that is left. */
  static decode(r: Reader): Constraints {
    const rest = r.rest();
    const own = new Reader(copyOf(rest, 0, rest.length)); // destinations are kept, and the message isn't
    const constraints = new Constraints();
    while (own.left() > 0 && constraints.fault.length == 0) constraints.fault = constraints.read(own);
    if (own.bad || r.bad) constraints.fault = "its constraints are not well-formed";
    return constraints;
  }

  private read(r: Reader): string {
    const type = r.byte() as i32;
    if (type == LIFETIME) {
      if (this.lifetime >= 0) return "two lifetimes";
      this.lifetime = (r.uint32() as f64) * 1000;
      return "";
    }
    if (type == CONFIRM) {
      if (this.confirm) return "to be confirmed twice";
      this.confirm = true;
      return "";
    }
    if (type != EXTENSION) return `constraint ${type} is not known`;
    const name = r.string();
    if (!isText(name, RESTRICT_DESTINATION)) return "constraint " + excerpt(name) + " is not known";
    if (this.destinations.length > 0) return "two lists of destinations";
    const list = new Reader(r.string());
    this.destinations = Destination.decodeAll(list);
    return list.bad ? "its destinations are not well-formed" : "";
  }
}
