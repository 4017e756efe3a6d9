/** Where our server answers otherwise than Debian's sshd, what it answers, and why. */

export interface Difference {
  reason: string;
  ours: string[];
}

export const differences: Record<string, Difference> = {};
