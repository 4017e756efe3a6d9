import { Ed25519 } from "./ed25519.ts";
import { KeyKind } from "./key-kind.ts";

export const ed25519: KeyKind = new Ed25519();

/** In an initramfs there is one kind of host key, which every client knows. */
export const keyKinds: KeyKind[] = [ed25519];
