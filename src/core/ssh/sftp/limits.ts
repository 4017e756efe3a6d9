/** How large packets may be. */

/** Bytes of a packet behind its length, and of the data in one: OpenSSH's. */
export const PACKET_LIMIT: i32 = 256 * 1024;
export const DATA_LIMIT: i32 = 255 * 1024;

/** Bytes of a packet's length. */
export const LENGTH_FIELD: i32 = 4;
