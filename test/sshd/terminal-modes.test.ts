/** Every terminal mode that a client sends is set on the session's terminal: stty sets them here and shows them there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { run, sshCommand } from "../support/openssh.ts";

const server = commonServer();

/** What `stty -a` says there, word by word, after `stty SETTINGS` here. */
async function shownFor(settings: string): Promise<Set<string>> {
  const words = sshCommand(server(), ["-tt"], ["stty -a; exit 3"]).map((word) => `{${word}}`);
  const script = `
    set timeout 5
    log_user 0
    set stty_init {${settings}}
    spawn -noecho ${words.join(" ")}
    expect eof
    puts $expect_out(buffer)
    exit [lindex [wait] 3]
  `;
  const { status, stdout } = await run(["expect", "-c", script]);
  assert.equal(status, 3, stdout.toString());
  // olcuc is one of the modes
  return new Set(
    stdout
      .toString()
      .toLowerCase()
      .split(/[;\s]+(?![=^<])|(?<=;)\s/),
  );
}

const flags = [
  ["ignpar", "parmrk", "inpck", "istrip", "inlcr", "igncr", "icrnl", "iuclc", "ixon", "ixany", "ixoff", "imaxbel"],
  ["iutf8", "isig", "icanon", "xcase", "echo", "echoe", "echok", "echonl", "noflsh", "tostop", "iexten", "echoctl"],
  ["echoke", "opost", "olcuc", "onlcr", "ocrnl", "onocr", "onlret"],
].flat();

// All on at once, and all off: what is on by default must go, and what is off must come.
for (const sign of ["", "-"]) {
  test(`flags: ${sign === "" ? "all on" : "all off"}`, async () => {
    const wanted = flags.map((flag) => sign + flag);
    const shown = await shownFor(wanted.join(" "));
    assert.deepEqual(
      wanted.filter((flag) => !shown.has(flag)),
      [],
    );
  });
}

test("control characters, one of them switched off", async () => {
  const characters = {
    intr: "^B",
    quit: "<undef>",
    erase: "^H",
    kill: "^K",
    eof: "^T",
    eol: "^X",
    eol2: "^Y",
    start: "^P",
    stop: "^F",
    susp: "^G",
    rprnt: "^L",
    werase: "^N",
    lnext: "^A",
    discard: "^D",
  };
  const settings = Object.entries(characters).map(([name, key]) => `${name} ${key === "<undef>" ? "undef" : key}`);
  const shown = [...(await shownFor(settings.join(" ")))].join(" ");
  for (const [name, key] of Object.entries(characters))
    assert.ok(shown.includes(`${name} = ${key.toLowerCase()}`), `${name}: ${shown}`);
});

for (const speed of [50, 9600, 38400, 115200, 230400]) {
  test(`a speed of ${speed}`, async () => {
    const shown = [...(await shownFor(`ispeed ${speed} ospeed ${speed}`))].join(" ");
    assert.ok(shown.includes(`speed ${speed} baud`), shown);
  });
}
