/** No agent holds host keys in an initramfs, where no option names one. */
import { HostKey } from "../../core/ssh/environment.ts";
import { KeyKind } from "../../core/ssh/key/key-kind.ts";

export function reportAbsence(_path: Uint8Array): void {}

export function addAgentKey(
  _keys: HostKey[],
  _first: i32,
  _kind: KeyKind,
  _folder: Uint8Array,
  _agent: Uint8Array,
): bool {
  return true;
}
