/**
 * Coverage of the JavaScript form: counts how often each branch is taken.
 *
 * Counters are put into the source as it is loaded, at both outcomes of each condition, at each case, at each side of
 * `?:`, behind each `&&` and `||`, and at each function's start. There is no parser: src/core is plain enough (no regular
 * expressions, no object literals, no labels) for tokens to do, and what isn't stops the loading. Lines stay as they are.
 */

/** How a module reaches the counters. */
export const COUNTERS = "__counters";

export interface Instrumented {
  source: string;
  /** Places counted. */
  points: number;
  /** All string literals: names that a fuzzer won't guess. */
  literals: string[];
}

interface Token {
  text: string;
  start: number;
  end: number;
}

const SKIPPED = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
const TOKEN = /[\w$]+|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|&&|\|\||=>|\?\?|\?\.|[^]/y;

/** Adds the tokens of `source` from `at` on to `tokens`, up to the `}` that closes a template's `${`, or to the end. */
function tokenize(source: string, at: number, tokens: Token[], inTemplate: boolean): number {
  let depth = 0;
  for (;;) {
    SKIPPED.lastIndex = at;
    SKIPPED.exec(source);
    at = SKIPPED.lastIndex;
    if (at >= source.length) return at;
    if (source[at] === "`") {
      at = skipTemplate(source, at + 1, tokens);
      tokens.push({ text: "``", start: at, end: at });
      continue;
    }
    TOKEN.lastIndex = at;
    const [text] = TOKEN.exec(source)!;
    if (text === "{") depth++;
    if (text === "}" && depth-- === 0 && inTemplate) return at + 1;
    tokens.push({ text, start: at, end: at + text.length });
    at += text.length;
  }
}

function skipTemplate(source: string, at: number, tokens: Token[]): number {
  while (source[at] !== "`") {
    if (source[at] === "\\") at += 2;
    else if (source.startsWith("${", at)) at = tokenize(source, at + 2, tokens, true);
    else at++;
  }
  return at + 1;
}

/** `source` is JavaScript; its counters are numbered from `first` on. */
export function instrument(source: string, first: number): Instrumented {
  const tokens: Token[] = [];
  tokenize(source, 0, tokens, false);
  let points = 0;
  const count = (): string => `${COUNTERS}[${first + points++}]++`;
  const edits: { at: number; text: string }[] = [];
  const condition = (start: number, end: number): void => {
    if (start >= end) return;
    edits.push({ at: start, text: "((" });
    edits.push({ at: end, text: `) ? (${count()}, true) : (${count()}, false))` });
  };

  /** For each open parenthesis the word before it and the places of its own semicolons; for each open `?` and case a mark. */
  const parentheses: { word: string; at: number; semicolons: number[] }[] = [];
  const colons: ("case" | "?")[] = [];
  let closed = "";
  tokens.forEach(({ text, start, end }, i) => {
    const before = tokens[i - 1]?.text ?? "";
    const innermost = parentheses.at(-1);
    if (text === "(") parentheses.push({ word: before, at: end, semicolons: [] });
    else if (text === ";" && innermost?.word === "for") innermost.semicolons.push(start);
    else if (text === ")") {
      const { word, at, semicolons } = parentheses.pop()!;
      closed = word;
      if (word === "if" || word === "while") condition(at, start);
      if (word === "for") condition(semicolons[0]! + 1, semicolons[1]!);
    } else if (
      text === "{" &&
      (before === "=>" || (before === ")" && !["if", "for", "while", "switch"].includes(closed)))
    )
      edits.push({ at: end, text: `${count()};` });
    else if (text === "case" || text === "default") colons.push("case");
    else if (text === "?") {
      colons.push("?");
      edits.push({ at: end, text: ` (${count()}, false) ||` });
    } else if (text === ":") {
      const opened = colons.pop();
      if (opened === undefined) throw new Error(`a colon of unknown meaning: ${source.slice(start - 40, end + 20)}`);
      edits.push({ at: end, text: opened === "?" ? ` (${count()}, false) ||` : ` ${count()};` });
    } else if (text === "&&") edits.push({ at: end, text: ` (${count()}, true) &&` });
    else if (text === "||") edits.push({ at: end, text: ` (${count()}, false) ||` });
  });

  let out = `const ${COUNTERS} = globalThis.${COUNTERS}; `;
  let copied = 0;
  for (const { at, text } of edits.toSorted((a, b) => a.at - b.at)) {
    out += source.slice(copied, at) + text;
    copied = at;
  }
  const literals = tokens.filter(({ text }) => /^["'].+["']$/.test(text)).map(({ text }) => text.slice(1, -1));
  return { source: out + source.slice(copied), points, literals };
}
