/** All figures, in the order of the table. */
import { newerClient } from "../client.ts";
import type { Figure } from "../figure.ts";
import { Banner } from "./banner.ts";
import { Crowd } from "./crowd.ts";
import { Handshake } from "./handshake.ts";
import { Logins } from "./logins.ts";
import { Memory } from "./memory.ts";
import { Size } from "./size.ts";
import { SftpTransfer } from "./sftp-transfer.ts";
import { Transfer } from "./transfer.ts";

export const figures: Figure[] = [
  new Handshake("curve25519", "curve25519-sha256"),
  new Handshake("sntrup761", "sntrup761x25519-sha512@openssh.com"),
  new Handshake("mlkem768", "mlkem768x25519-sha256", newerClient),
  new Transfer("download"),
  new Transfer("upload"),
  new SftpTransfer("get"),
  new SftpTransfer("put"),
  new Logins(),
  new Memory(),
  new Crowd(),
  new Banner(),
  new Size(),
];
