/** Bytes of the server's executable. Ours is static and all there is; the peers' need shared libraries beside it. */
import { statSync } from "node:fs";
import type { Contender } from "../contender.ts";
import { Figure, type Measure } from "../figure.ts";

export class Size extends Figure {
  readonly name = "size";
  readonly measures: Measure[] = [{ name: "size", title: "executable", unit: "bytes", digits: 0 }];
  readonly rounds = { full: 1, quick: 1 };

  async sample(contender: Contender): Promise<number[]> {
    return [statSync(contender.executable).size];
  }
}
