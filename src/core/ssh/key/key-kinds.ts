import { Ed25519 } from "./ed25519.ts";
import { KeyKind } from "./key-kind.ts";
import { Mldsa44Ed25519 } from "./mldsa44-ed25519.ts";

/** TinySSH's, which every client knows. */
export const ed25519: KeyKind = new Ed25519();
/** Post-quantum. */
export const mldsa44Ed25519: KeyKind = new Mldsa44Ed25519();

/** All kinds, in the order in which keys are offered and printed. */
export const keyKinds: KeyKind[] = [ed25519, mldsa44Ed25519];
