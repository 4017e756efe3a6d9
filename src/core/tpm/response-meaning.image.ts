/** What response codes of a TPM are called in an initramfs: by their numbers, which tpm2_rc_decode(1) explains. */
import { NO_ANSWER } from "./response-code.ts";

export function describe(code: u32): string {
  return code == NO_ANSWER ? "the TPM does not answer" : `the TPM refuses (response code ${code})`;
}
