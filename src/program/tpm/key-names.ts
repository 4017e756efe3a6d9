/** The files that belong to one TPM key: `NAME.tpm`, and beside it `NAME.pub` and `NAME-cert.pub`. */
import { concat } from "../../core/bytes/bytes.ts";
import { ascii, isText } from "../../core/bytes/text.ts";

export const KEY_SUFFIX: string = ".tpm";
const PUBLIC_SUFFIX: string = ".pub";
const CERTIFICATE_SUFFIX: string = "-cert.pub";

export function endsWith(path: Uint8Array, suffix: string): bool {
  return path.length > suffix.length && isText(path.subarray(path.length - suffix.length), suffix);
}

/** Of the key in `path`, which need not end in `.tpm`. */
export function publicPath(path: Uint8Array): Uint8Array {
  return concat(withoutSuffix(path), ascii(PUBLIC_SUFFIX));
}

export function certificatePath(path: Uint8Array): Uint8Array {
  return concat(withoutSuffix(path), ascii(CERTIFICATE_SUFFIX));
}

/** The key's name, by that of its private or public half. */
function withoutSuffix(path: Uint8Array): Uint8Array {
  const suffixed = endsWith(path, KEY_SUFFIX) || endsWith(path, PUBLIC_SUFFIX);
  return suffixed ? path.subarray(0, path.length - KEY_SUFFIX.length) : path;
}
