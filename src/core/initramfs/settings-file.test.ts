import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { SETTINGS_BYTES, SettingsFile } from "./settings-file.ts";

const parse = (text: string | Buffer): SettingsFile => SettingsFile.parse(Buffer.from(text));
const pairs = (text: string): [string, string, number][] => {
  const file = parse(text);
  assert.equal(file.fault, "", text);
  return file.settings.map(({ name, value, line }) => [name, Buffer.from(value).toString(), line]);
};

test("names, values, comments and the lines that they are on", () => {
  const text = `# a comment\n\nA=1\n  B_2='two words'  # why\nC="a \\"b\\" \\\\ \\$x \\n"\nD=a\\ b'c'"d"\nE=\nF=x#y\n`;
  assert.deepEqual(pairs(text), [
    ["A", "1", 3],
    ["B_2", "two words", 4],
    ["C", 'a "b" \\ $x \\n', 5],
    ["D", "a bcd", 6],
    ["E", "", 7],
    ["F", "x#y", 8],
  ]);
});

test("values over several lines, and lines that go on", () => {
  const text = "A='one\ntwo'\nB=\"one\\\ntwo\nthree\"\nC=one\\\ntwo\nD=1";
  assert.deepEqual(pairs(text), [
    ["A", "one\ntwo", 1],
    ["B", "onetwo\nthree", 3],
    ["C", "onetwo", 6],
    ["D", "1", 8],
  ]);
});

const refused: [text: string, line: number, fault: RegExp][] = [
  ["A=1\nB = 2\n", 2, /no NAME=value/],
  ["A=1\nexport B=2\n", 2, /no NAME=value/],
  ["1A=1", 1, /no NAME=value/],
  ["A+=1", 1, /no NAME=value/],
  ["A\n", 1, /no NAME=value/],
  ["=1", 1, /no NAME=value/],
  [`${"A".repeat(65)}=1`, 1, /no NAME=value/],
  ["A=1 2", 1, /more than one word/],
  ["\n\nA=$HOME", 3, /not take \$ as it is.*quotes/],
  ['A="$HOME"', 1, /not take \$ as it is.*single quotes/],
  ["A=`id`", 1, /not take `/],
  ["A=(1 2)", 1, /not take \(/],
  ["A=1;B=2", 1, /not take ;/],
  ["A=~/keys", 1, /replace ~/],
  ["A=1\nB='2\nC=3\n", 2, /never closed/],
  ['A="2\\', 1, /never closed/],
  ["A=2\\", 1, /nothing follows/],
  ["A=1\nB=2\n\nA=3", 4, /A is set a second time, after line 1/],
  ["A=1\0", 1, /no text/],
];

for (const [text, line, fault] of refused) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const file = parse(text);
    assert.match(file.fault, fault);
    assert.equal(file.line, line);
    assert.deepEqual(file.settings, []);
  });
}

test("line ends of Windows are told", () => {
  for (const text of ["A=1\r\nB=2\r\n", "\r\nA=1\r\n", "A=''\r\n"]) {
    const file = parse(text);
    assert.match(file.fault, /carriage return/, JSON.stringify(text));
    assert.equal(file.line, 1);
  }
  assert.equal(parse("A='\r'\n# comment\r\n").fault, "");
});

test("a file that is too long", () => {
  assert.equal(parse("#".repeat(SETTINGS_BYTES)).fault, "");
  assert.match(parse("#".repeat(SETTINGS_BYTES + 1)).fault, /too long/);
});

/** What the shell has in VALUE after reading `text`; null if it complains. */
function shell(text: string): string | null {
  try {
    const script = 'eval "$0" && printf %s "$VALUE"';
    return execFileSync("sh", ["-c", script, text], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return null;
  }
}

test("what is taken means the same to a shell", () => {
  const character = fc.constantFrom(..."ab '\"\\\n\t#=*?[]{}!%,:;&|<>()$`~");
  fc.assert(
    fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
      const text = `VALUE=${characters.join("")}`;
      const file = parse(text);
      if (file.fault !== "") return;
      assert.equal(Buffer.from(file.settings[0]!.value).toString(), shell(text), JSON.stringify(text));
    }),
    { numRuns: 400 },
  );
});
