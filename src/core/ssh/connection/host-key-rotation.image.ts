/** In an initramfs a server has one host key, or for want of it another: clients are told of none. */
import { EMPTY } from "../../bytes/bytes.ts";
import { HostKey } from "../environment.ts";
import { Transport } from "../transport/transport.ts";

export const PROVE_HOST_KEYS: string = "hostkeys-prove-00@openssh.com";
export const PROOFS_LIMIT: i32 = 0;

export class HostKeyRotation {
  constructor(_transport: Transport, _keys: HostKey[]) {}

  announce(): void {}

  prove(_wanted: Uint8Array): Uint8Array {
    return EMPTY;
  }
}
