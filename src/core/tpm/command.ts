/**
 * A command of Part 3: its code, the entities that it acts on, and which of its parts are roles of the session layer
 * (tpm.ts). Each is a class with its parameters in wire order; the response's are filled in by `decode`.
 */
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";
import { Entity } from "./entity.ts";

export abstract class Command {
  /** TPM_CC, Part 2, 6.5. */
  readonly code: u32;
  readonly entities: Entity[];
  /** How many of the entities, the first ones, must be authorized. */
  readonly authorizations: i32;
  /** The first parameter is a TPM2B, which a session can encrypt. */
  secretRequest: bool = false;
  /** So is the first one of the response. */
  secretResponse: bool = false;
  /** The response begins with a handle, `handle`. */
  returnsHandle: bool = false;
  handle: u32 = 0;

  constructor(code: u32, entities: Entity[], authorizations: i32) {
    this.code = code;
    this.entities = entities;
    this.authorizations = authorizations;
  }

  /** Writes the parameters. */
  encode(_w: Writer): void {}

  /** Reads those of the response; what it keeps of them are views. */
  decode(_r: Reader): void {}
}
