/** An initramfs has sessions, and nothing beside. */

export const FORWARDING: bool = false;
