import { Ed25519 } from "./ed25519.ts";
import { KeyKind } from "./key-kind.ts";
import { Mldsa44Ed25519 } from "./mldsa44-ed25519.ts";
import { Nistp256 } from "./nistp256.ts";

/** TinySSH's, which every client knows. */
export const ed25519: KeyKind = new Ed25519();
/** What a TPM can hold. */
export const nistp256: KeyKind = new Nistp256();
/** Post-quantum. */
export const mldsa44Ed25519: KeyKind = new Mldsa44Ed25519();

/** All kinds, in the order in which keys are offered and printed. */
export const keyKinds: KeyKind[] = [ed25519, nistp256, mldsa44Ed25519];
