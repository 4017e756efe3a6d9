/**
 * The options in a certificate (OpenSSH's PROTOCOL.certkeys): critical ones, of which an unknown one voids it, and
 * extensions, of which an unknown one is passed over.
 *
 * The specification wants them in order and each once; that is insisted on, for of two that differ none could be right.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { excerpt, isText, startsWithText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Certificate } from "../key/certificate.ts";
import { ABSENT, lookUp } from "./address-list.ts";
import { permissionNamed } from "./key-options.ts";
import { LoginOptions, WITHOUT_TOUCH, WITHOUT_VERIFICATION } from "./login-options.ts";

const PERMIT: string = "permit-";

export function certificateOptions(certificate: Certificate): LoginOptions {
  const options = new LoginOptions(WITHOUT_VERIFICATION);
  readAll(certificate.criticalOptions, true, options);
  readAll(certificate.extensions, false, options);
  return options;
}

/** Names and their data in turn, each a string. */
function readAll(encoded: Uint8Array, critical: bool, options: LoginOptions): void {
  const r = new Reader(encoded);
  let last: Uint8Array = EMPTY;
  while (r.left() > 0) {
    const name = r.string();
    const data = new Reader(r.string());
    if (!isBefore(last, name)) options.fail("the certificate's options are not in order");
    last = name;
    if (critical) readCritical(name, data, options);
    else readExtension(name, data, options);
  }
  if (!r.ok()) options.fail("the certificate's options are malformed");
}

function readCritical(name: Uint8Array, data: Reader, options: LoginOptions): void {
  if (isText(name, "force-command")) forceCommand(data.string(), options);
  else if (isText(name, "source-address")) readNetworks(data.string(), options);
  else if (isText(name, "verify-required")) options.permit(WITHOUT_VERIFICATION, false);
  else options.fail("the certificate has an unknown critical option, " + excerpt(name));
  if (!data.ok()) options.fail("the certificate's option " + excerpt(name) + " is malformed");
}

/** No command line holds a NUL. */
function forceCommand(command: Uint8Array, options: LoginOptions): void {
  options.command = command;
  if (command.indexOf(0) >= 0) options.fail("force-command is malformed");
}

function readNetworks(list: Uint8Array, options: LoginOptions): void {
  options.networks = list;
  if (lookUp(list, EMPTY, false) < ABSENT) options.fail("source-address is malformed");
}

function readExtension(name: Uint8Array, data: Reader, options: LoginOptions): void {
  const permission = startsWithText(name, PERMIT) ? permissionNamed(name, PERMIT.length) : -1;
  if (permission >= 0) options.permit(permission as u32, true);
  else if (isText(name, "no-touch-required")) options.permit(WITHOUT_TOUCH, true);
  else return;
  if (!data.ok()) options.fail("the certificate's option " + excerpt(name) + " is malformed");
}

function isBefore(a: Uint8Array, b: Uint8Array): bool {
  const length = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < length; i++) {
    if (a[i] != b[i]) return a[i] < b[i];
  }
  return a.length < b.length;
}
