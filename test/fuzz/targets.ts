/** All targets. */
import { Target } from "./target.ts";
import { AgentMessages } from "./target/agent.ts";
import { AgentRequests } from "./target/agent-requests.ts";
import { MachineStates, SealedCredentials } from "./target/credential.ts";
import { Engine, EXCHANGED, FRESH, LOGGED_IN } from "./target/engine.ts";
import { Framing } from "./target/framing.ts";
import { InitramfsArchives, UnifiedKernels } from "./target/initramfs.ts";
import { InitramfsSettings, RootDevices } from "./target/initramfs-settings.ts";
import { Credentials, KeyFolder, PlainKeys, PrivateKeys } from "./target/keys.ts";
import { Messages } from "./target/messages.ts";
import { Answers, MonitorRecords } from "./target/monitor.ts";
import { Addresses, AuthorizedKeysFile, Grants, RevokedKeysFile } from "./target/policy.ts";
import { Sftp } from "./target/sftp.ts";
import { Base64, Mpint, NameList, PemText } from "./target/text-forms.ts";
import { TpmKeyFiles, TpmResponses } from "./target/tpm.ts";
import { AskRequests, LuksHeaders, LuksMetadata } from "./target/unlock.ts";

export const targets: Target[] = [
  new Messages(),
  new Base64(),
  new PemText(),
  new NameList(),
  new Mpint(),
  new PrivateKeys(),
  new KeyFolder(),
  new Credentials(),
  new AuthorizedKeysFile(),
  new RevokedKeysFile(),
  new Addresses(),
  new Grants(),
  new Framing(),
  new Engine("before-keys", FRESH),
  new Engine("before-login", EXCHANGED),
  new Engine("after-login", LOGGED_IN),
  new Engine("rekeying", LOGGED_IN, 12),
  new MonitorRecords(),
  new Answers(),
  new AgentMessages(),
  new AgentRequests(),
  new Sftp("sftp", false),
  new Sftp("sftp-read-only", true),
  new PlainKeys(),
  new TpmKeyFiles(),
  new TpmResponses(),
  new SealedCredentials(),
  new MachineStates(),
  new LuksHeaders(),
  new LuksMetadata(),
  new AskRequests(),
  new InitramfsArchives(),
  new UnifiedKernels(),
  new InitramfsSettings(),
  new RootDevices(),
];
