/** User authentication for the test client, RFC 4252: the messages, and the way through them. */
import type { UserKey } from "../keys.ts";
import type { Client } from "./client.ts";
import {
  SERVICE_ACCEPT,
  SERVICE_REQUEST,
  USERAUTH_FAILURE,
  USERAUTH_PK_OK,
  USERAUTH_REQUEST,
  USERAUTH_SUCCESS,
} from "./numbers.ts";
import { encode, Fields, message } from "./wire.ts";

const CONNECTION = "ssh-connection";

export const serviceRequest = (name = "ssh-userauth"): Buffer => message(SERVICE_REQUEST, name);

export const noneRequest = (user: string): Buffer => message(USERAUTH_REQUEST, user, CONNECTION, "none");

/** Asks whether the key would do, RFC 4252 section 7. */
export const keyQuery = (user: string, key: UserKey): Buffer =>
  message(USERAUTH_REQUEST, user, CONNECTION, "publickey", false, key.algorithm, key.blob);

/** The signed request, RFC 4252 section 7. */
export function keyRequest(client: Client, user: string, key: UserKey): Buffer {
  const request = message(USERAUTH_REQUEST, user, CONNECTION, "publickey", true, key.algorithm, key.blob);
  return sign(client, request, key);
}

/** The signed request that names the host key too (OpenSSH's PROTOCOL, publickey-hostbound-v00@openssh.com). */
export function hostBoundRequest(client: Client, user: string, key: UserKey, hostKey: Buffer = client.hostKey): Buffer {
  const method = "publickey-hostbound-v00@openssh.com";
  const request = message(USERAUTH_REQUEST, user, CONNECTION, method, true, key.algorithm, key.blob, hostKey);
  return sign(client, request, key);
}

function sign(client: Client, request: Buffer, key: UserKey): Buffer {
  const signature = key.sign(Buffer.concat([encode(client.sessionId), request]));
  return Buffer.concat([request, encode(signature)]);
}

/** Asks for user authentication, after the first key exchange. */
export async function startAuthentication(client: Client): Promise<void> {
  client.send(serviceRequest());
  await client.expect(SERVICE_ACCEPT);
}

/** Sends a request and returns the number of the answer. */
export async function attempt(client: Client, request: Buffer): Promise<number> {
  client.send(request);
  return (await client.expect(USERAUTH_SUCCESS, USERAUTH_FAILURE, USERAUTH_PK_OK))[0]!;
}

/** The methods that a USERAUTH_FAILURE says can continue. */
export function methodsOf(failure: Buffer): string[] {
  return new Fields(failure.subarray(1)).names();
}

/** From nothing to a user logged in. */
export async function login(client: Client, user: string, key: UserKey): Promise<void> {
  await client.handshake();
  await startAuthentication(client);
  if ((await attempt(client, keyRequest(client, user, key))) !== USERAUTH_SUCCESS) throw new Error("login refused");
}
