/**
 * Names by numbers, of users and of groups: from /etc/passwd or /etc/group as they were when first asked. For showing
 * them alone, hence without a directory server being asked.
 */
import { Fields, parseNumber } from "./accounts.ts";
import { close, O_RDONLY } from "./descriptor.ts";
import { open } from "./file.ts";
import { Lines } from "./lines.ts";
import { NO_ID } from "./user.ts";
import { copyOf, EMPTY } from "../core/bytes/bytes.ts";
import { ascii } from "../core/bytes/text.ts";

/** Names that are kept, and the length of each. */
const NAMES_LIMIT: i32 = 10000;
const NAME_BYTES: i32 = 256;

export class IdNames {
  private path: string;
  private ids: u32[] = new Array<u32>();
  private names: Uint8Array[] = new Array<Uint8Array>();
  private loaded: bool = false;

  constructor(path: string) {
    this.path = path;
  }

  /** The name; empty if there is none. */
  of(id: u32): Uint8Array {
    if (!this.loaded) this.load();
    const at = this.ids.indexOf(id);
    return at < 0 ? EMPTY : this.names[at];
  }

  /** Both files begin a line with `name:password:number:`. */
  private load(): void {
    this.loaded = true;
    const descriptor = open(ascii(this.path), O_RDONLY);
    if (descriptor < 0) return;
    const lines = new Lines(descriptor);
    while (this.ids.length < NAMES_LIMIT && lines.next()) {
      const fields = new Fields(lines.line);
      const name = fields.next();
      fields.next();
      const id = parseNumber(fields.next());
      if (id == NO_ID || name.length == 0 || name.length > NAME_BYTES) continue;
      this.ids.push(id);
      this.names.push(copyOf(name, 0, name.length));
    }
    close(descriptor);
  }
}
