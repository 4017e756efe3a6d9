/**
 * All kernels as one WebAssembly module, for Node (src/node/kernels.ts) and for the constant-time tests.
 * (The compiler follows a `.ts` path in an import, but not in an `export from`.)
 */
import { hmacSha256, hmacSha512 } from "./hmac.ts";
import { sha256 } from "./sha256.ts";
import { SHA512_STATE, sha512, sha512Final, sha512Init, sha512Update } from "./sha512.ts";

export { hmacSha256, hmacSha512 };
export { sha256 };
export { SHA512_STATE, sha512, sha512Final, sha512Init, sha512Update };
