/** What is asked of our server. Both ways of running it must pass; the worse of the two is what counts. */
import type { Results } from "./results.ts";

interface Demand {
  text: string;
  measure: string;
  /** Whose figure ours is divided by; null for ours as it is. */
  peer: string | null;
  direction: "at most" | "at least";
  limit: number;
}

const demands: Demand[] = [
  {
    text: "`ssh host true`, curve25519, to sshd",
    measure: "curve25519 wall",
    peer: "sshd",
    direction: "at most",
    limit: 0.15,
  },
  {
    text: "`ssh host true`, curve25519, to tinysshd",
    measure: "curve25519 wall",
    peer: "tinysshd",
    direction: "at most",
    limit: 0.2,
  },
  {
    text: "server CPU per handshake, sntrup761, to tinysshd",
    measure: "sntrup761 cpu",
    peer: "tinysshd",
    direction: "at most",
    limit: 0.5,
  },
  { text: "download, to tinysshd", measure: "download", peer: "tinysshd", direction: "at least", limit: 1.7 },
  { text: "upload, to tinysshd", measure: "upload", peer: "tinysshd", direction: "at least", limit: 1.7 },
  { text: "download, to sshd", measure: "download", peer: "sshd", direction: "at least", limit: 1 },
  { text: "upload, to sshd", measure: "upload", peer: "sshd", direction: "at least", limit: 1 },
  {
    text: "sftp get, to OpenSSH's sftp-server",
    measure: "sftp get ratio",
    peer: null,
    direction: "at least",
    limit: 0.9,
  },
  {
    text: "sftp put, to OpenSSH's sftp-server",
    measure: "sftp put ratio",
    peer: null,
    direction: "at least",
    limit: 0.9,
  },
  { text: "idle session, PSS, to tinysshd", measure: "memory", peer: "tinysshd", direction: "at most", limit: 1 },
  { text: "static executable, bytes", measure: "size", peer: null, direction: "at most", limit: 260_000 },
  { text: "start to banner, ms", measure: "banner", peer: null, direction: "at most", limit: 2 },
];

const OURS = ["postern", "postern-tcpserver"];

export interface Verdict {
  text: string;
  /** `at most 0.15`. */
  demand: string;
  value: number;
  met: boolean;
}

/** A verdict on each demand that was measured. */
export function verdicts(results: Results): Verdict[] {
  return demands.flatMap(({ text, measure, peer, direction, limit }) => {
    const values = OURS.map((name) =>
      peer === null ? (results.of(measure, name)?.median ?? null) : results.ratio(measure, name, peer),
    ).filter((value) => value !== null);
    if (values.length === 0) return [];
    const value = direction === "at most" ? Math.max(...values) : Math.min(...values);
    const met = direction === "at most" ? value <= limit : value >= limit;
    return [{ text, demand: `${direction} ${limit}`, value, met }];
  });
}
