/** What the connection protocol can do here beside sessions, for the compiler to leave out what it can't. */

/** Connections are forwarded, if the surroundings permit it. */
export const FORWARDING: bool = true;
