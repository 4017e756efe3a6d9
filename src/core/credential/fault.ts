/** Why a credential can't be had. The numbers are the exit statuses of postern-unseal. */

/** It is no credential, of an unknown kind, or was changed; or the key is another one. */
export const DAMAGED: i32 = 1;
/** Anybody can have made it. */
export const NO_KEY: i32 = 2;
/** It was made to be used under another name. */
export const OTHER_NAME: i32 = 3;
export const EXPIRED: i32 = 4;
/** PCRs hold something else than when it was sealed. */
export const OTHER_STATE: i32 = 5;
/** It was sealed by another TPM, or this one was cleared. */
export const OTHER_TPM: i32 = 6;
/** There is no TPM, or it refuses. */
export const TPM_FAILURE: i32 = 7;
export const NO_HOST_SECRET: i32 = 8;
/** Nobody has signed the state that the machine is in. */
export const NO_SIGNATURE: i32 = 9;
