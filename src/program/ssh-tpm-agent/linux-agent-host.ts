/** The agent's surroundings on Linux. */
import { Signer } from "../../core/ssh/agent/signer.ts";
import { AgentHost } from "../../core/ssh/agent/host.ts";
import { TpmKeyFile } from "../../core/tpm/key-file.ts";
import { nowWithSleep } from "../../linux/clock.ts";
import { fillRandom } from "../../linux/random.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { log } from "../log.ts";
import { KeyHolder } from "../tpm/key-holder.ts";
import { TpmSigner } from "../tpm/tpm-signer.ts";

export class LinuxAgentHost extends AgentHost {
  readonly holder: KeyHolder;

  constructor(holder: KeyHolder) {
    super();
    this.holder = holder;
  }

  now(): f64 {
    return nowWithSleep();
  }

  wallClock(): f64 {
    return wallClock().time();
  }

  random(out: Uint8Array): void {
    fillRandom(out);
  }

  log(level: i32, message: string): void {
    log.write(level, message);
  }

  openTpmKey(file: Uint8Array): Signer | null {
    const key = TpmKeyFile.parse(file);
    const signer = TpmSigner.of(this.holder, key);
    if (signer == null)
      log.warning(
        "TPM key not added: " + (key.fault.length > 0 ? key.fault : "it is of a type that SSH does not have"),
      );
    return signer;
  }
}
