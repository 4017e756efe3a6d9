/** What the tree of an image has, from the image's root on: who stages it, and who looks for it there. */
export const PROGRAM: string = "usr/bin/postern";
/** Keys, and who may log in. */
export const FOLDER: string = "etc/postern";
export const UNITS: string = "etc/systemd/system/";
/** Systemd's units in that folder. */
export const SOCKET: string = "postern.socket";
export const SERVICE: string = "postern@.service";
export const HOST_KEY_SERVICE: string = "postern-host-key.service";
export const FORGET_SERVICE: string = "postern-forget.service";
/** Where links to units have these started early. */
export const WANTS: string = UNITS + "sysinit.target.wants/";
/** What a script of initramfs-tools runs. */
export const SERVE: string = "usr/lib/postern/serve";
