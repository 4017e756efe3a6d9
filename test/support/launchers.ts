/** The command lines under which a server is put to the test: ours and its peers, alone and under each launcher. */
import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { installed, searchEnvironment, type Stage } from "./stage.ts";

/** `postern` is ours; the others are what Debian has. */
export type Peer = "postern" | "tinysshd" | "sshd" | "dropbear";

/**
 * `listen`: the server's own listener. `socket`: systemd's socket activation with Accept=no (LISTEN_FDS). All others
 * start one server for each connection, with it as fd 0 and 1.
 */
export type Launcher = "listen" | "socket" | "tcpserver" | "tcpsvd" | "systemd" | "inetd";

/** What a command line is made of. */
export interface Setting {
  stage: Stage;
  port: number;
  /** Private key file of the host. */
  hostKey: string;
  /** The same key as TinySSH keeps it. */
  keyFolder: string;
  /** Options of tinysshd. */
  options: string[];
  /** The name to run tinysshd by, e.g. tinysshnoneauthd. */
  name: string;
}

/** The executable under test; another one is chosen by the environment variable POSTERN_TINYSSHD. */
export const executable =
  process.env.POSTERN_TINYSSHD ?? fileURLToPath(new URL("../../dist/x86_64/tinysshd", import.meta.url));

/** The full path of a program that may be outside of an ordinary user's PATH. */
function find(program: string): string {
  return execFileSync("sh", ["-c", 'command -v "$1"', "sh", program], {
    env: searchEnvironment,
    encoding: "utf8",
  }).trim();
}

/** tcpsvd is an applet of most busyboxes, but not of Debian's; the original is in the package ipsvd. */
function tcpsvd(): string[] {
  const applets = installed("busybox") ? execFileSync("busybox", ["--list"], { encoding: "utf8" }) : "";
  return applets.split("\n").includes("tcpsvd") ? ["busybox", "tcpsvd"] : [find("tcpsvd")];
}

/** Room for the tests that open many connections at once. */
const CONNECTIONS = "1000";

/** A tinysshd, ours or the original, in the hands of a launcher. */
function launch(launcher: Launcher, program: string, setting: Setting): string[] {
  const { stage, port, options, keyFolder } = setting;
  const address = `127.0.0.1:${port}`;
  switch (launcher) {
    case "listen":
      return [program, ...options, "--listen", address, keyFolder];
    case "socket":
      return ["systemd-socket-activate", "--listen", address, program, ...options, keyFolder];
    case "systemd":
      return ["systemd-socket-activate", "--inetd", "--accept", "--listen", address, program, ...options, keyFolder];
    case "tcpserver":
      // As TinySSH's manual has it: no look-ups, no delays, backlog and limit raised.
      return [
        "tcpserver",
        "-HRDl0",
        "-b",
        "512",
        "-c",
        CONNECTIONS,
        "127.0.0.1",
        String(port),
        program,
        ...options,
        keyFolder,
      ];
    case "tcpsvd":
      return [...tcpsvd(), "-c", CONNECTIONS, "-b", "512", "127.0.0.1", String(port), program, ...options, keyFolder];
    case "inetd": {
      // inetd hands the connection over as fd 2 too, so the log must go elsewhere: to syslog.
      const configuration = join(stage.folder, "inetd.conf");
      const user = stage.accounts.length > 0 && process.getuid!() !== 0 ? stage.accounts[0]!.name : "root";
      const words = [setting.name, ...options, "-l", keyFolder].join(" ");
      writeFileSync(configuration, `${address} stream tcp nowait.${CONNECTIONS} ${user} ${program} ${words}\n`);
      return [find("inetd"), "-d", configuration];
    }
  }
}

const SSHD = (setting: Setting): string => `
ListenAddress 127.0.0.1:${setting.port}
HostKey ${setting.hostKey}
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
AcceptEnv LANG LC_*
MaxStartups ${CONNECTIONS}
MaxSessions 100
UseDNS no
LogLevel VERBOSE
Subsystem sftp /usr/lib/openssh/sftp-server
`;

/** Prepares what the server needs on the stage, and returns its command line. */
export function commandLine(peer: Peer, launcher: Launcher, setting: Setting): string[] {
  const { stage, port, hostKey } = setting;
  switch (peer) {
    case "postern": {
      const program = join(stage.folder, setting.name);
      copyFileSync(executable, program);
      return launch(launcher, program, setting);
    }
    case "tinysshd":
      return launch(launcher === "listen" ? "tcpserver" : launcher, find(setting.name), setting);
    case "sshd": {
      const configuration = join(stage.folder, "sshd_config");
      writeFileSync(configuration, SSHD(setting));
      return [find("sshd"), "-D", "-e", "-f", configuration];
    }
    case "dropbear": {
      const key = join(stage.folder, "dropbear_key");
      execFileSync("dropbearconvert", ["openssh", "dropbear", hostKey, key], { stdio: "ignore" });
      return [find("dropbear"), "-F", "-E", "-m", "-s", "-p", `127.0.0.1:${port}`, "-r", key, "-P", ""];
    }
  }
}

/** True if both the peer and the launcher are on this machine. */
export function available(peer: Peer, launcher: Launcher): boolean {
  const programs: Record<Launcher, string> = {
    listen: "sh",
    socket: "systemd-socket-activate",
    systemd: "systemd-socket-activate",
    tcpserver: "tcpserver",
    tcpsvd: "tcpsvd",
    inetd: "inetd",
  };
  return (peer === "postern" || installed(peer)) && installed(programs[launcher]);
}
