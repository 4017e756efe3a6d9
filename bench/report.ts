/** The results as Markdown. */
import { verdicts } from "./bar.ts";
import type { Contender } from "./contender.ts";
import type { Measure } from "./figure.ts";
import type { Results } from "./results.ts";

export function table(head: string[], rows: string[][]): string {
  const rule = head.map((_, i) => (i === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Medians, and the extremes where there is more than one value. */
function figuresTable(results: Results, measures: Measure[], contenders: Contender[]): string {
  const rows = measures.map(({ name, title, unit, digits }) => {
    const cells = contenders.map((contender) => {
      const found = results.of(name, contender.name);
      if (found === null) return "–";
      const [median, least, most] = [found.median, found.least, found.most].map((value) => value.toFixed(digits));
      return least === most ? `**${median}**` : `**${median}** (${least}–${most})`;
    });
    return [`${title}, ${unit}`, ...cells];
  });
  return table(["", ...contenders.map((contender) => contender.title)], rows);
}

function ratiosTable(results: Results, measures: Measure[], contenders: Contender[]): string {
  const pairs = contenders
    .filter((contender) => contender.ours)
    .flatMap((mine) => contenders.filter((peer) => !peer.ours).map((peer) => [mine, peer] as const));
  const rows = measures.map(({ name, title }) => {
    const ratios = pairs.map(([mine, peer]) => results.ratio(name, mine.name, peer.name)?.toFixed(2) ?? "–");
    return [title, ...ratios];
  });
  return table(["", ...pairs.map(([mine, peer]) => `${mine.title} : ${peer.title}`)], rows);
}

function barTable(results: Results): string {
  const rows = verdicts(results).map(({ text, demand, value, met }) => [
    text,
    demand,
    value >= 1000 ? String(value) : value.toFixed(2),
    met ? "met" : "**not met**",
  ]);
  return table(["", "demanded", "measured", ""], rows);
}

/** Three tables: the figures, our ratios to each peer, and whether the bar is met. */
export function report(results: Results, measures: Measure[], contenders: Contender[]): string {
  return `## Figures

Medians, with the least and the greatest value.

${figuresTable(results, measures, contenders)}

## Ratios

${ratiosTable(results, measures, contenders)}

## The bar

The worse of our two ways to run counts.

${barTable(results)}
`;
}
