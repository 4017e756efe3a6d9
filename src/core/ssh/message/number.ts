/**
 * The numbers of all messages that are known here, under their RFC names without SSH_MSG_.
 *
 * RFC 4250 section 4.1.2 assigns them; RFC 8308 adds EXT_INFO; OpenSSH's PROTOCOL section 1.9 adds PING and PONG.
 */
export const DISCONNECT: i32 = 1;
export const IGNORE: i32 = 2;
export const UNIMPLEMENTED: i32 = 3;
export const DEBUG: i32 = 4;
export const SERVICE_REQUEST: i32 = 5;
export const SERVICE_ACCEPT: i32 = 6;
export const EXT_INFO: i32 = 7;

export const KEXINIT: i32 = 20;
export const NEWKEYS: i32 = 21;
/** The range that each key exchange method uses as it likes. */
export const METHOD_FIRST: i32 = 30;
export const METHOD_LAST: i32 = 49;
/** Of all key exchange methods here: RFC 5656 section 7.1, RFC 8731, and the hybrids after them. */
export const KEX_ECDH_INIT: i32 = 30;
export const KEX_ECDH_REPLY: i32 = 31;

export const USERAUTH_REQUEST: i32 = 50;
export const USERAUTH_FAILURE: i32 = 51;
export const USERAUTH_SUCCESS: i32 = 52;
export const USERAUTH_BANNER: i32 = 53;
export const USERAUTH_PK_OK: i32 = 60;

export const GLOBAL_REQUEST: i32 = 80;
export const REQUEST_SUCCESS: i32 = 81;
export const REQUEST_FAILURE: i32 = 82;
export const CHANNEL_OPEN: i32 = 90;
export const CHANNEL_OPEN_CONFIRMATION: i32 = 91;
export const CHANNEL_OPEN_FAILURE: i32 = 92;
export const CHANNEL_WINDOW_ADJUST: i32 = 93;
export const CHANNEL_DATA: i32 = 94;
export const CHANNEL_EXTENDED_DATA: i32 = 95;
export const CHANNEL_EOF: i32 = 96;
export const CHANNEL_CLOSE: i32 = 97;
export const CHANNEL_REQUEST: i32 = 98;
export const CHANNEL_SUCCESS: i32 = 99;
export const CHANNEL_FAILURE: i32 = 100;

export const PING: i32 = 192;
export const PONG: i32 = 193;
