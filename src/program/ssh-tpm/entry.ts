/** ssh-tpm: the programs for SSH keys in a TPM, and nothing else, in one executable. */
import { useKernels } from "../../core/crypto/kernels.ts";
import { commandLine } from "../../linux/arguments.ts";
import { NativeKernels } from "../../native/kernels.ts";
import { choose } from "../multi-call.ts";
import { run, step } from "../program.ts";
import { tpmPrograms } from "./programs.ts";
export { step };

export function start(): void {
  useKernels(new NativeKernels());
  run(choose("ssh-tpm", tpmPrograms, commandLine()));
}
