/**
 * What happens to a connection, for the log: an event has a name that stays the same, words for people, and named values
 * for machines. docs/log.md lists all of them.
 */
export class Event {
  /** E.g. `auth-ok`. */
  name: string;
  words: string;
  /** What `tell` was given. */
  names: string[] = [];
  values: string[] = [];

  constructor(name: string, words: string) {
    this.name = name;
    this.words = words;
  }

  /** The value with that name; empty if there is none. */
  value(name: string): string {
    const index = this.names.indexOf(name);
    return index < 0 ? "" : this.values[index];
  }

  /** Adds a value. `name`: plain letters; `value`: any text, a stranger's too. */
  tell(name: string, value: string): Event {
    this.names.push(name);
    this.values.push(value);
    return this;
  }
}
