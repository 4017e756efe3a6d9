/** Who makes a request, in words for a prompt or the log: a process and those that it comes from. */
import { printable } from "../../core/bytes/text.ts";
import { ProcessEntry } from "../../linux/process-tree.ts";

/** How many of the process's ancestors are named. */
const ANCESTORS: i32 = 4;

/** For example `ssh (123) <- git <- bash`. A process chooses its own name, so this is for honest ones. */
export function requester(pid: i32): string {
  let entry = pid > 0 ? ProcessEntry.of(pid) : null;
  if (entry == null) return "a process that can't be seen";
  let text = printable(entry.name) + ` (${pid})`;
  for (let i = 0; i < ANCESTORS && entry.parent > 1; i++) {
    entry = ProcessEntry.of(entry.parent);
    if (entry == null) break;
    text += " <- " + printable(entry.name);
  }
  return text;
}
