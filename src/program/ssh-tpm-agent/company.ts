/**
 * Who the agent is for, when it is started as ssh-agent is: a shell that evaluates what is printed, or a command. Then the
 * agent becomes a process of its own, in the background.
 */
import { ascii, printable } from "../../core/bytes/text.ts";
import { endWithParent } from "../../linux/confinement.ts";
import { close, duplicateTo, O_RDWR, STDERR, STDIN } from "../../linux/descriptor.ts";
import { open } from "../../linux/file.ts";
import { changeFolder, execute, fork, newSession, parentId, processId } from "../../linux/process.ts";
import { restoreSignals, SIGTERM } from "../../linux/signals.ts";
import { changedEnvironment } from "../changed-environment.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { CONTINUE } from "../program.ts";
import { C_SHELL } from "./options.ts";

/** For ssh, for ssh-agent's own habits, and for ssh-tpm-add. */
const VARIABLES: string[] = ["SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_TPM_AUTH_SOCK"];

/** What a shell does to have the agent at `socket`, process `pid`. `shell`: BOURNE_SHELL or C_SHELL. */
export function shellCommands(shell: i32, socket: Uint8Array, pid: i32): string {
  const values: string[] = [quoted(socket), `${pid}`, quoted(socket)];
  let text = "";
  for (let i = 0; i < VARIABLES.length; i++) {
    const name = VARIABLES[i];
    text +=
      shell == C_SHELL
        ? "setenv " + name + " " + values[i] + ";\n"
        : name + "=" + values[i] + "; export " + name + ";\n";
  }
  return text + `echo Agent pid ${pid};\n`;
}

/** A word for a shell. What isn't printable can't be told. */
function quoted(word: Uint8Array): string {
  return "'" + printable(word).split("'").join("'\\''") + "'";
}

/** Goes into the background, once the shell was told. CONTINUE in the agent, else the exit status. */
export function serveShell(shell: i32, socket: Uint8Array): i32 {
  const pid = fork();
  if (pid < 0) return log.fatal("unable to go into the background", pid);
  if (pid > 0) return print(shellCommands(shell, socket, pid));
  newSession();
  changeFolder(ascii("/"));
  const nothing = open(ascii("/dev/null"), O_RDWR);
  for (let descriptor = STDIN; descriptor <= STDERR; descriptor++) duplicateTo(nothing, descriptor);
  if (nothing > STDERR) close(nothing);
  return CONTINUE;
}

/**
 * Has this process become the command that `words` are, whose path is `program`, and the agent another one, which ends
 * with it. CONTINUE in the agent, else the exit status.
 */
export function serveCommand(program: Uint8Array, words: Uint8Array[], socket: Uint8Array): i32 {
  const starter = processId();
  const pid = fork();
  if (pid < 0) return log.fatal("unable to start the agent", pid);
  if (pid > 0) {
    const values: (Uint8Array | null)[] = [socket, ascii(`${pid}`), socket];
    restoreSignals();
    return log.fatal(
      "unable to run " + printable(program),
      execute(program, words, changedEnvironment(VARIABLES, values)),
    );
  }
  newSession(); // what is typed to interrupt the command isn't for the agent
  endWithParent(SIGTERM);
  return parentId() == starter ? CONTINUE : 0;
}
