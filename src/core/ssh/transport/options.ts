import { VERSION } from "../../version.ts";

/** What a program may choose about the transport; the defaults are right for a server on the open network. */
export class TransportOptions {
  /** Our software and version, as in `SSH-2.0-Postern_1.0` (RFC 4253 section 4.2): printable ASCII, no blank, no `-`. */
  software: string = "Postern_" + VERSION;
  /** What follows it after a blank; nothing if empty. */
  comment: string = "";
  /** Offers the state of the art, curve25519-sha256: TinySSH's -s and -S. */
  stateOfTheArt: bool = true;
  /** Offers the post-quantum hybrids: TinySSH's -p and -P. */
  postQuantum: bool = true;
  /** Offers aes256-gcm@openssh.com too, for clients that know no ChaCha20; it is several times slower. */
  aesGcm: bool = false;
  /** New keys after so many bytes in either direction: RFC 4253 section 9 advises one gibibyte. */
  rekeyBytes: f64 = 1073741824;
  /** New keys after so many packets in either direction: RFC 4344 section 3.1 advises 2^31. */
  rekeyPackets: u32 = 0x80000000;
  /** New keys after so many milliseconds: RFC 4253 section 9 advises one hour. */
  rekeyMilliseconds: f64 = 3600000;
}
