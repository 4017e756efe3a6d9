import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKeyOptions } from "./key-options.ts";
import type { LoginOptions } from "./login-options.ts";

const parse = (words: string): LoginOptions => parseKeyOptions(Buffer.from(words, "latin1"));

const good = [
  "restrict",
  "RESTRICT",
  "pty,,no-pty",
  ",pty",
  "pty,",
  'command="x",restrict',
  'Command="x"',
  'from="*"',
  'from="192.0.2.0/24,!192.0.2.7,2001:db8::/32,*.example.org"',
  'principals="a,b"',
  'expiry-time="20270101"',
  'expiry-time="202701012359"',
  'expiry-time="20280229235959z"',
  'permitopen="localhost:80",permitopen="[::1]:22",permitopen="*:*"',
  'permitlisten="8080"',
  'permitlisten="localhost:8080"',
  'permitlisten="*"',
  'tunnel="0"',
  'tunnel="any"',
];
for (const words of good) test(`${words} is well`, () => assert.equal(parse(words).error, ""));

const bad: [words: string, error: RegExp][] = [
  ["foo", /unknown option foo/],
  ["no-restrict", /unknown option/],
  ["no-cert-authority", /unknown option/],
  ["no-", /unknown option/],
  ["pty2", /unknown option/],
  ["pt", /unknown option/],
  ["no-no-pty", /unknown option/],
  ["command", /unknown option/],
  ['restrict="yes"', /unknown option/],
  ['foo="bar"', /unknown option foo=/],
  ['="bar"', /unknown option =/],
  ["command=", /without a value/],
  ["command=ls", /without a value/],
  ["command='ls'", /without a value/],
  ['command="ls', /without a value/],
  ['command="ls\\"', /without a value/],
  ['command="ls"pty', /no comma/],
  ['command="ls" ', /no comma/],
  ['"pty"', /unknown option/],
  ['command="a",command="a"', /twice/],
  ['from="*",from="*"', /twice/],
  ['principals="a",principals="a"', /twice/],
  ['from=""', /from=/],
  ['from="*,"', /from=/],
  ['from="!"', /from=/],
  ['from="192.0.2.7/24"', /from=/],
  ['from="192.0.2.0/33"', /from=/],
  ['from="192.0.2.0/"', /from=/],
  ['from="2001:db8::/129"', /from=/],
  ['from="!10.0.0.0/x,*"', /from=/],
  ['environment="A=b"', /environment= is not supported/],
  ['permitopen="localhost"', /permitopen=/],
  ['permitopen="localhost:"', /permitopen=/],
  ['permitopen="localhost:0"', /permitopen=/],
  ['permitopen="localhost:65536"', /permitopen=/],
  ['permitopen="localhost:http"', /permitopen=/],
  ['permitopen=":80"', /permitopen=/],
  ['permitopen="::1:80"', /permitopen=/],
  ['permitopen="[::1]80"', /permitopen=/],
  ['permitopen="[::1:80"', /permitopen=/],
  ['permitlisten="x"', /permitlisten=/],
  ['tunnel="x"', /tunnel=/],
  ['tunnel=""', /tunnel=/],
  ...[
    "",
    "Z",
    "2027",
    "2027010",
    "20271301",
    "20270229",
    "20270100",
    "2027010124",
    "202701012400",
    "202701012360",
    "20270101235960",
    "2027-01-01",
    "20270101T1200",
    "+2270101",
    "20270101ZZ",
    "19691231",
  ].map((time): [string, RegExp] => [`expiry-time="${time}"`, /expiry-time=/]),
];
for (const [words, error] of bad) test(`${words} is refused`, () => assert.match(parse(words).error, error));

test("values are taken as they stand between the quotes", () => {
  assert.equal(Buffer.from(parse('command="a\\"b\\c,d=\\\\ "').command!).toString(), 'a"b\\c,d=\\\\ ');
  assert.deepEqual(
    parse('permitopen="a.b:80",permitopen="[::1]:22",permitopen="*:*"').destinations.map(({ host, port }) => [
      Buffer.from(host).toString(),
      port,
    ]),
    [
      ["a.b", 80],
      ["::1", 22],
      ["*", 0],
    ],
  );
});

test("the earliest of several ends counts, and one without Z is never later than meant", () => {
  const moment = (text: string): number => Date.parse(text) / 1000;
  assert.equal(parse('expiry-time="20280101Z",expiry-time="20270203040506Z"').expiry, moment("2027-02-03T04:05:06Z"));
  assert.equal(parse('expiry-time="202701011200"').expiry, moment("2027-01-01T12:00:00+14:00"));
  assert.equal(parse("pty").expiry, Infinity);
});

test("up to 4096 destinations", () => {
  const many = (count: number): string => parse(Array(count).fill('permitopen="a:1"').join(",")).error;
  assert.equal(many(4096), "");
  assert.match(many(4097), /too many/);
});
