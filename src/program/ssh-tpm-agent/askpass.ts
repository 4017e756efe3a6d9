/**
 * Where people are asked: a program that opens a dialog (SSH_ASKPASS), or the agent's own terminal. Which of them is as in
 * ssh(1), but for an agent the dialog comes first: who uses a key sits elsewhere than in front of the agent's terminal.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, isText } from "../../core/bytes/text.ts";
import { isProgram, programPath } from "../../linux/program-path.ts";
import { hasForegroundTerminal } from "../../linux/prompt.ts";
import { setting } from "../tpm/places.ts";

/** Where distributions put such programs: those of ssh-tpm-agent. */
const USUAL_PLACES: string[] = [
  "/usr/lib/ssh/x11-ssh-askpass",
  "/usr/lib/ssh/gnome-ssh-askpass3",
  "/usr/lib/ssh/gnome-ssh-askpass",
  "/usr/libexec/openssh/gnome-ssh-askpass",
  "/usr/bin/ksshaskpass",
  "/usr/libexec/seahorse/ssh-askpass",
  "/usr/lib/seahorse/ssh-askpass",
];

export class AskingPlace {
  /** The program that asks; EMPTY for the terminal. */
  program: Uint8Array = EMPTY;
  /** Why nobody can be asked; empty if somebody can. */
  fault: string = "";

  /** The place where a person can be asked now. */
  static find(): AskingPlace {
    const place = new AskingPlace();
    const demand = setting("SSH_ASKPASS_REQUIRE");
    const forced = isText(demand, "force");
    const display = setting("DISPLAY").length > 0 || setting("WAYLAND_DISPLAY").length > 0;
    if (forced || (display && !isText(demand, "never"))) {
      place.program = findProgram();
      if (place.program.length > 0) return place;
      if (forced) place.fault = "SSH_ASKPASS_REQUIRE is force, and there is no askpass program";
    }
    if (place.fault.length == 0 && !hasForegroundTerminal()) {
      place.fault = "there is neither a terminal nor a display with an askpass program (SSH_ASKPASS)";
    }
    return place;
  }
}

function findProgram(): Uint8Array {
  const chosen = setting("SSH_ASKPASS");
  if (chosen.length > 0) return programPath(chosen);
  const found = programPath(ascii("ssh-askpass"));
  if (found.length > 0) return found;
  for (let i = 0; i < USUAL_PLACES.length; i++) {
    if (isProgram(ascii(USUAL_PLACES[i]))) return ascii(USUAL_PLACES[i]);
  }
  return EMPTY;
}
