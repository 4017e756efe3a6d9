/** What is found in an image: said at once, a line each. */
import { log } from "../log.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { warn } from "./host-key.ts";

export class Findings {
  /** The exit status: SUCCESS until something keeps everybody out. */
  status: i32 = SUCCESS;
  /** What is being looked at. */
  private name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Nobody can log in, for that reason. */
  fault(what: string, errno: i32 = 0): void {
    log.fatal(this.name + ": " + what, errno);
    this.status = FAILURE;
  }

  /** Something else that is better known. */
  warn(what: string): void {
    warn(this.name + ": " + what);
  }
}
