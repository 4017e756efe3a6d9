/** How the server of an initramfs is started: systemd's units, or a script where systemd isn't. */
import { ascii } from "../../core/bytes/text.ts";
import { shellWord } from "../../core/initramfs/shell-text.ts";
import { unitWord } from "../../core/initramfs/unit-text.ts";
import { Writer } from "../../core/wire/writer.ts";
import { BANNER_FILE } from "../postern-host-key/host-key-loader.ts";

/** In the image. */
export const POSTERN: string = "/usr/bin/postern";
export const KEYS: string = "/etc/postern/keys";
export const SEALED: string = "/etc/postern/sealed";
export const FALLBACK: string = "/etc/postern/fallback";
export const AUTHORIZED_KEYS: string = "/etc/postern/authorized_keys";
/** Where an opened key is, and a word on it if it is another one: a memory file system. */
const OPENED: string = "/run/postern/keys";

/** Seconds that a TPM has to appear: where there is none, the fallback key is not to come too late. */
const TPM_SECONDS: i32 = 10;

export class StartUp {
  port: i32;
  /** What runs in place of the shell; EMPTY if nothing does. */
  login: Uint8Array;
  /** Commands that clients name are run. */
  remoteCommands: bool;
  sealed: bool;
  fallback: bool;

  constructor(port: i32, login: Uint8Array, remoteCommands: bool, sealed: bool, fallback: bool) {
    this.port = port;
    this.login = login;
    this.remoteCommands = remoteCommands;
    this.sealed = sealed;
    this.fallback = fallback;
  }

  private serverWords(): string {
    let words = " -v --authorized-keys " + AUTHORIZED_KEYS;
    if (this.fallback) words += " --banner " + OPENED + "/" + BANNER_FILE;
    if (!this.remoteCommands) words += " --no-commands";
    return this.login.length > 0 ? words + " --login " : words;
  }

  private keydir(): string {
    return " -- " + (this.sealed ? OPENED : KEYS);
  }

  private hostKeyLine(): string {
    const fallback = this.fallback ? "--fallback " + FALLBACK + " " : "";
    return POSTERN + ` host-key --wait ${TPM_SECONDS} ` + fallback + SEALED + " " + OPENED;
  }

  socket(): Uint8Array {
    return ascii(`[Unit]
Description=SSH server of the initramfs, socket
Documentation=man:postern-initramfs(8)
DefaultDependencies=no
Conflicts=initrd-switch-root.target
Before=initrd-switch-root.target

[Socket]
ListenStream=${this.port}
Accept=yes
NoDelay=yes
MaxConnections=64
MaxConnectionsPerSource=16
# By default 200 connections within two seconds, anybody's, would make systemd close the socket for good.
TriggerLimitIntervalSec=0
`);
  }

  /** For one connection. It ends before the real system begins, and takes all that it has started with it. */
  service(): Uint8Array {
    const key = this.sealed ? "After=postern-host-key.service\n" : "";
    const w = new Writer(2048 + this.login.length);
    w.raw(
      ascii(`[Unit]
Description=SSH server of the initramfs, one connection
Documentation=man:postern-initramfs(8)
DefaultDependencies=no
Conflicts=initrd-switch-root.target
Before=initrd-switch-root.target
CollectMode=inactive-or-failed
${key}
[Service]
ExecStart=${POSTERN} sshd${this.serverWords()}`),
    );
    if (this.login.length > 0) w.raw(unitWord(this.login));
    w.raw(
      ascii(`${this.keydir()}
StandardInput=socket
StandardError=journal
# An ordinary client that gives up is not a failed unit.
SuccessExitStatus=111
# Shells take no notice of SIGTERM, and what somebody has left running is not to hold the boot up.
SendSIGHUP=yes
TimeoutStopSec=5
# The shell inherits all that is set here, and has to unlock disks and to start units: nothing that narrows it has a place.
KeyringMode=private
LimitCORE=0
UMask=0077
`),
    );
    return w.written();
  }

  /**
   * Opens the sealed key, once. What confines it is done by seccomp alone: namespaces and lists of devices may fail in an
   * initramfs, or not know of a TPM that comes late, and then nobody could log in.
   */
  hostKeyService(): Uint8Array {
    return ascii(`[Unit]
Description=Host key of the initramfs's SSH server
Documentation=man:postern-initramfs(8)
DefaultDependencies=no
Conflicts=initrd-switch-root.target
Before=initrd-switch-root.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${this.hostKeyLine()}
# Nothing of the key is left to the real system.
RuntimeDirectory=postern
RuntimeDirectoryMode=0700
ExecStop=${POSTERN} host-key --remove ${OPENED}
# The TPM's device belongs to a user of its own.
CapabilityBoundingSet=CAP_DAC_OVERRIDE
KeyringMode=private
LimitCORE=0
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
UMask=0077
`);
  }

  /** Takes the passphrase that systemd keeps out of the kernel's keyring, before the real system begins. */
  forgetService(): Uint8Array {
    return ascii(`[Unit]
Description=Passphrases of the initramfs are forgotten
Documentation=man:postern-unlock(8)
DefaultDependencies=no
Conflicts=initrd-switch-root.target
Before=initrd-switch-root.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStop=${POSTERN} unlock --forget
`);
  }

  /** What initramfs-tools' script runs. */
  script(): Uint8Array {
    const w = new Writer(1024 + this.login.length);
    w.raw(ascii("#!/bin/sh\n"));
    if (this.sealed) w.raw(ascii(this.hostKeyLine() + " || exit\n"));
    w.raw(ascii("exec " + POSTERN + ` sshd --listen '*:${this.port}'` + this.serverWords()));
    if (this.login.length > 0) w.raw(shellWord(this.login));
    w.raw(ascii(this.keydir() + "\n"));
    return w.written();
  }
}
