/** The core's way to a TPM on Linux. */
import { TpmLink } from "../../core/tpm/link.ts";
import { variable } from "../../linux/arguments.ts";
import { sleep } from "../../linux/clock.ts";
import { fillRandom } from "../../linux/random.ts";
import { TpmDevice } from "../../linux/tpm-device.ts";

/** The TPM's name, where the command line has none. */
const VARIABLE: string = "POSTERN_TPM";

export class LinuxTpmLink extends TpmLink {
  readonly device: TpmDevice;

  constructor(device: TpmDevice) {
    super();
    this.device = device;
  }

  /** `name`: as the command line has it, or EMPTY: then the environment's, or the kernel's own TPM. */
  static named(name: Uint8Array): LinuxTpmLink {
    const inherited = variable(VARIABLE);
    return new LinuxTpmLink(new TpmDevice(name.length > 0 || inherited == null ? name : inherited));
  }

  transmit(command: Uint8Array): Uint8Array {
    return this.device.transmit(command);
  }

  pause(milliseconds: i32): void {
    sleep(milliseconds as f64);
  }

  random(bytes: Uint8Array): void {
    fillRandom(bytes);
  }
}
