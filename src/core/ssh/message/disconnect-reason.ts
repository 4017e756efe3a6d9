/** Reasons of SSH_MSG_DISCONNECT, RFC 4253 section 11.1: those that a server has. */
export const PROTOCOL_ERROR: u32 = 2;
export const KEY_EXCHANGE_FAILED: u32 = 3;
export const MAC_ERROR: u32 = 5;
export const SERVICE_NOT_AVAILABLE: u32 = 7;
export const PROTOCOL_VERSION_NOT_SUPPORTED: u32 = 8;
export const CONNECTION_LOST: u32 = 10;
export const BY_APPLICATION: u32 = 11;
export const NO_MORE_AUTH_METHODS_AVAILABLE: u32 = 14;
