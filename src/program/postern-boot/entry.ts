/** postern-boot: what goes into an initramfs, and nothing else: there it is called postern. */
import { useKernels } from "../../core/crypto/kernels.ts";
import { commandLine } from "../../linux/arguments.ts";
import { NativeKernels } from "../../native/kernels.ts";
import { choose, Entry } from "../multi-call.ts";
import { HOST_KEY, HostKeyLoader } from "../postern-host-key/host-key-loader.ts";
import { Program, run, step } from "../program.ts";
import { UNLOCK } from "../unlock/settings.ts";
import { Unlock } from "../unlock/unlock.ts";
import { BootServer } from "./boot-server.ts";
export { step };

const entries: Entry[] = [
  new Entry("tinysshd", "sshd", "the SSH server", (words: Uint8Array[]): Program => new BootServer(words)),
  new Entry(
    UNLOCK,
    "unlock",
    "gives disks their passphrase at boot",
    (words: Uint8Array[]): Program => new Unlock(words),
  ),
  new Entry(
    HOST_KEY,
    "host-key",
    "opens the sealed host key, or takes the other one",
    (words: Uint8Array[]): Program => new HostKeyLoader(words),
  ),
];

export function start(): void {
  useKernels(new NativeKernels());
  run(choose("postern", entries, commandLine()));
}
