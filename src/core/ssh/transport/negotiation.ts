/**
 * Which algorithms both sides use, RFC 4253 section 7.1: of each list of the client's, the first name that we have too.
 *
 * The MAC lists have no say: with an AEAD cipher there is no MAC to agree on (OpenSSH's PROTOCOL section 1.6), so ours is
 * there only because it may not be empty for some clients' sake. Languages are ignored, as RFC 4253 permits.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { ascii, printable } from "../../bytes/text.ts";
import { firstCommon, holdsName, startsWithName } from "../../wire/name-list.ts";
import { HostKey } from "../environment.ts";
import { KexInit } from "../message/transport.ts";
import { KeyExchangeMethod } from "./key-exchange-method.ts";

const MACS: string[] = ["hmac-sha2-256-etm@openssh.com"];
const COMPRESSIONS: string[] = ["none"];

/** Markers among the key exchange methods, valid in the first KEXINIT alone: OpenSSH's PROTOCOL section 1.10, RFC 8308. */
const STRICT_SERVER: string = "kex-strict-s-v00@openssh.com";
const STRICT_CLIENT: string = "kex-strict-c-v00@openssh.com";
const EXT_INFO_CLIENT: string = "ext-info-c";

/** Bytes of a client's list that a log line shows at most. */
const SHOWN: i32 = 512;

/** What we offer. */
export class Offer {
  methods: KeyExchangeMethod[];
  /** All, also such as come after another one of their algorithm: clients are told of these, and not offered them. */
  hostKeys: HostKey[];
  private offered: HostKey[] = [];
  private ciphers: string[];
  private methodNames: string[] = [];
  private hostKeyNames: string[] = [];

  constructor(methods: KeyExchangeMethod[], hostKeys: HostKey[], ciphers: string[]) {
    this.methods = methods;
    this.hostKeys = hostKeys;
    this.ciphers = ciphers;
    for (let i = 0; i < methods.length; i++) this.methodNames.push(methods[i].name);
    for (let i = 0; i < hostKeys.length; i++) {
      if (this.hostKeyNames.includes(hostKeys[i].algorithm())) continue;
      this.offered.push(hostKeys[i]);
      this.hostKeyNames.push(hostKeys[i].algorithm());
    }
  }

  /** Our KEXINIT but for the cookie. `first`: of the connection, not of a rekeying. */
  kexInit(first: bool): KexInit {
    const m = new KexInit();
    const marked = this.methodNames.slice(0);
    if (first) marked.push(STRICT_SERVER);
    m.kexAlgorithms = joined(marked);
    m.hostKeyAlgorithms = joined(this.hostKeyNames);
    m.encryptionToServer = joined(this.ciphers);
    m.encryptionToClient = m.encryptionToServer;
    m.macToServer = joined(MACS);
    m.macToClient = m.macToServer;
    m.compressionToServer = joined(COMPRESSIONS);
    m.compressionToClient = m.compressionToServer;
    return m;
  }

  /** Compares with what the client offers. */
  negotiate(client: KexInit): Agreement {
    const agreement = new Agreement();
    const method = agreement.choose("key exchange method", client.kexAlgorithms, this.methodNames);
    const hostKey = agreement.choose("host key algorithm", client.hostKeyAlgorithms, this.hostKeyNames);
    const toServer = agreement.choose("cipher to the server", client.encryptionToServer, this.ciphers);
    const toClient = agreement.choose("cipher to the client", client.encryptionToClient, this.ciphers);
    agreement.choose("compression to the server", client.compressionToServer, COMPRESSIONS);
    agreement.choose("compression to the client", client.compressionToClient, COMPRESSIONS);
    if (agreement.missing.length > 0) return agreement;

    agreement.method = this.methods[method];
    agreement.hostKey = this.offered[hostKey];
    agreement.cipherToServer = this.ciphers[toServer];
    agreement.cipherToClient = this.ciphers[toClient];
    // RFC 4253 section 7: a guess is right only if both sides prefer the same, in both lists
    const guessed =
      startsWithName(client.kexAlgorithms, this.methodNames[0]) &&
      startsWithName(client.hostKeyAlgorithms, this.hostKeyNames[0]);
    agreement.wrongGuess = client.firstKexPacketFollows && !guessed;
    agreement.strict = holdsName(client.kexAlgorithms, STRICT_CLIENT);
    agreement.extInfo = holdsName(client.kexAlgorithms, EXT_INFO_CLIENT);
    return agreement;
  }
}

/** The result of a negotiation. */
export class Agreement {
  method: KeyExchangeMethod | null = null;
  hostKey: HostKey | null = null;
  /** Names of ciphers. */
  cipherToServer: string = "";
  cipherToClient: string = "";
  /** The packet that follows the client's KEXINIT is to be dropped. */
  wrongGuess: bool = false;
  /** The client knows strict key exchange. Counts in the first KEXINIT alone. */
  strict: bool = false;
  /** The client wants EXT_INFO. Counts in the first KEXINIT alone. */
  extInfo: bool = false;
  /** What no agreement was found on, e.g. `cipher to the client`; empty if all is agreed. */
  missing: string = "";
  /** The two lists that have nothing in common, for the log. */
  theirs: string = "";
  ours: string = "";

  /** Index in `names` of what is chosen. Without a choice, the first such list is noted. */
  choose(what: string, list: Uint8Array, names: string[]): i32 {
    const chosen = firstCommon(list, names);
    if (chosen < 0 && this.missing.length == 0) {
      this.missing = what;
      this.theirs = printable(list.length > SHOWN ? list.subarray(0, SHOWN) : list);
      this.ours = names.join(",");
    }
    return chosen;
  }
}

/** A name-list on the wire. */
function joined(names: string[]): Uint8Array {
  return names.length == 0 ? EMPTY : ascii(names.join(","));
}
