/**
 * Published test vectors, read from ../shared/vectors beside the project. Where there is no such folder their tests are
 * skipped, and say so.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { root } from "../../src/native/build.ts";

const folder = join(root, "../shared/vectors");

/** What became of the vectors of one file. */
export class Tally {
  private tested = 0;
  private readonly omitted = new Map<string, number>();

  ran(): void {
    this.tested++;
  }

  /** `why` completes "left out: ". */
  leftOut(why: string): void {
    this.omitted.set(why, (this.omitted.get(why) ?? 0) + 1);
  }

  toString(): string {
    return [`${this.tested} vectors`, ...[...this.omitted].map(([why, count]) => `${count} left out: ${why}`)].join(
      "; ",
    );
  }

  /** A test that silently tests nothing is worse than none. */
  check(expected: number): void {
    const omitted = [...this.omitted.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(this.tested > 0);
    assert.equal(this.tested + omitted, expected, "each vector is tested or left out");
  }
}

/** A test over one file of vectors, `count` of them; prints how many ran. */
export function vectorTest<Data>(
  file: string,
  count: (data: Data) => number,
  body: (data: Data, tally: Tally) => void,
): void {
  test(file, (t) => {
    const path = join(folder, file);
    if (!existsSync(path)) return t.skip(`${path} is missing`);
    const data = JSON.parse(readFileSync(path, "utf8")) as Data;
    const tally = new Tally();
    body(data, tally);
    tally.check(count(data));
    t.diagnostic(`${file}: ${tally}`);
  });
}

/** The form of Wycheproof's files. */
export interface Wycheproof<Vector, Group = unknown> {
  numberOfTests: number;
  testGroups: (Group & { tests: (Vector & { tcId: number; result: "valid" | "invalid" | "acceptable" })[] })[];
}

/** A test over one of Wycheproof's files: `body` is called with each vector and its group. */
export function wycheproofTest<Vector, Group = unknown>(
  name: string,
  body: (vector: Wycheproof<Vector>["testGroups"][0]["tests"][0], group: Group, tally: Tally) => void,
): void {
  vectorTest<Wycheproof<Vector, Group>>(
    `wycheproof/${name}.json`,
    (data) => data.numberOfTests,
    (data, tally) => {
      for (const group of data.testGroups) for (const vector of group.tests) body(vector, group, tally);
    },
  );
}

export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
