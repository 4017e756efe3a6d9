/** No login records in an initramfs: there is neither utmp nor wtmp, and nobody to read them. */
import { InternetAddress } from "./internet-address.ts";

export class LoginRecord {
  begin(_pid: i32, _terminal: string, _user: Uint8Array, _host: string, _remote: InternetAddress | null): bool {
    return true;
  }

  end(): void {}
}
