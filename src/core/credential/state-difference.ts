/** Which PCRs keep a credential shut: known only to who has kept what they held when it was sealed. */
import { pcrList } from "../tpm/pcr-selection.ts";
import { PcrValues } from "../tpm/pcr-values.ts";
import { SUCCESS } from "../tpm/response-code.ts";
import { Tpm } from "../tpm/tpm.ts";

/** What the PCRs of `mask` were expected to hold, against what they hold, in words; empty if that can't be told. */
export function stateDifference(tpm: Tpm, expected: PcrValues, mask: u32): string {
  const actual = new PcrValues();
  if (!expected.covers(mask) || actual.read(tpm, mask) != SUCCESS) return "";
  const differing = actual.differing(expected, mask);
  if (differing == 0) return "none differs from the values that were kept";
  const isOne: bool = (differing & (differing - 1)) == 0;
  return "PCR " + pcrList(differing) + (isOne ? " differs" : " differ");
}
