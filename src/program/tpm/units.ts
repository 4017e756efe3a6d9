/**
 * The systemd units of the agent, for the programs that install them. `boot/systemd` has the same for packages; a test
 * compares the two, and has systemd look at them.
 */

/** One unit file. */
export class Unit {
  name: string;
  text: string;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }
}

/** What a service of the machine's is left with: its keys and the TPM, which root has to override a mode for. */
const CONFINEMENT: string = `CapabilityBoundingSet=CAP_DAC_OVERRIDE
DeviceAllow=/dev/tpm0 rw
DeviceAllow=/dev/tpmrm0 rw
DevicePolicy=closed
IPAddressDeny=any
LimitCORE=0
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateMounts=yes
PrivateNetwork=yes
PrivateTmp=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0077
`;

/** The agent of the machine's host keys, and what makes those keys. `programs`: the folder that they are in. */
export function systemUnits(programs: string): Unit[] {
  return [
    new Unit(
      "ssh-tpm-agent.socket",
      `[Unit]
Description=SSH host keys in the TPM, socket of the agent
Documentation=man:ssh-tpm-agent(1) man:ssh-tpm-hostkeys(1)

[Socket]
ListenStream=/var/tmp/ssh-tpm-agent.sock
SocketMode=0600
Service=ssh-tpm-agent.service

[Install]
WantedBy=sockets.target
`,
    ),
    new Unit(
      "ssh-tpm-agent.service",
      `[Unit]
Description=SSH host keys in the TPM, agent
Documentation=man:ssh-tpm-agent(1) man:ssh-tpm-hostkeys(1)
Requires=ssh-tpm-agent.socket
Wants=ssh-tpm-genkeys.service
After=ssh-tpm-genkeys.service tpm2.target

[Service]
ExecStart=${programs}/ssh-tpm-agent --key-dir /etc/ssh
ExecReload=kill -HUP $MAINPID
Restart=always
RestartSec=3
${CONFINEMENT}
[Install]
WantedBy=multi-user.target
`,
    ),
    new Unit(
      "ssh-tpm-genkeys.service",
      `[Unit]
Description=SSH host keys in the TPM, made where they are missing
Documentation=man:ssh-tpm-keygen(1)
After=tpm2.target
ConditionPathExists=|!/etc/ssh/ssh_tpm_host_ecdsa_key.tpm
ConditionPathExists=|!/etc/ssh/ssh_tpm_host_ecdsa_key.pub
ConditionPathExists=|!/etc/ssh/ssh_tpm_host_rsa_key.tpm
ConditionPathExists=|!/etc/ssh/ssh_tpm_host_rsa_key.pub

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${programs}/ssh-tpm-keygen -A
ConfigurationDirectory=ssh
ConfigurationDirectoryMode=0755
${CONFINEMENT}`,
    ),
  ];
}

/** A user's agent. `programs`: the folder that it is in. */
export function userUnits(programs: string): Unit[] {
  return [
    new Unit(
      "ssh-tpm-agent.socket",
      `[Unit]
Description=SSH keys in the TPM, socket of the agent
Documentation=man:ssh-tpm-agent(1) man:ssh-tpm-add(1)

[Socket]
ListenStream=%t/ssh-tpm-agent.sock
SocketMode=0600
Service=ssh-tpm-agent.service

[Install]
WantedBy=sockets.target
`,
    ),
    new Unit(
      "ssh-tpm-agent.service",
      `[Unit]
Description=SSH keys in the TPM, agent
Documentation=man:ssh-tpm-agent(1) man:ssh-tpm-add(1)
Requires=ssh-tpm-agent.socket

[Service]
Environment=SSH_TPM_AUTH_SOCK=%t/ssh-tpm-agent.sock
ExecStart=${programs}/ssh-tpm-agent
ExecReload=kill -HUP $MAINPID
# What asks for a PIN inherits these, and may be any program with a window: nothing here hides files or the network.
LimitCORE=0
LockPersonality=yes
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=~@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap
UMask=0077

[Install]
Also=ssh-tpm-agent.socket
`,
    ),
  ];
}
