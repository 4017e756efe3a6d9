import { EMPTY } from "../../bytes/bytes.ts";
import { Authority, Environment } from "../environment.ts";
import { Transport } from "../transport/transport.ts";

export class Authentication {
  done: bool = false;
  user: Uint8Array = EMPTY;
  constructor(_environment: Environment, _transport: Transport, _authority: Authority) {}
  receive(_payload: Uint8Array): void {}
}
