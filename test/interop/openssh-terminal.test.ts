/** OpenSSH's client with a terminal, driven by expect: size, modes, job control, and ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { run, sshCommand, type Result } from "../support/openssh.ts";
import { underTest } from "../support/server.ts";

const server = commonServer();

/** Runs an expect script around `ssh -tt`; the script's exit status is that of ssh unless it fails before. */
function dialogue(terminal: string, command: string[], script: string): Promise<Result> {
  const words = sshCommand(server(), ["-tt"], command).map((word) => `{${word}}`);
  const text = `
    set timeout 5
    set stty_init {${terminal}}
    proc fail {what} { puts "EXPECTED: $what"; exit 99 }
    proc awaits {text} { expect -ex $text {} timeout { fail $text } eof { fail $text } }
    spawn -noecho ${words.join(" ")}
    ${script}
    expect eof
    exit [lindex [wait] 3]
  `;
  return run(["expect", "-c", text], { environment: { ...process.env, TERM: "vt220" } });
}

async function passes(result: Promise<Result>, status: number): Promise<void> {
  const { status: actual, stdout, stderr } = await result;
  assert.equal(actual, status, `${stdout}${stderr}`);
}

test("size, and a change of it, are seen inside", () =>
  passes(
    dialogue(
      "rows 33 columns 111",
      ["stty size; read answer; stty size; exit 5"],
      `awaits "33 111"
       stty rows 44 columns 122 < $spawn_out(slave,name)
       after 200
       send "go\\r"
       awaits "44 122"`,
    ),
    5,
  ));

test("the terminal is the session's, with its name in the environment", () =>
  passes(
    dialogue(
      "",
      [
        'test "$(tty)" = "$SSH_TTY" && echo "same $TERM"; ps -o tpgid=,pgid= -p $$ | { read a b; test $a = $b && echo foreground; }',
      ],
      `awaits "same vt220"
       awaits "foreground"`,
    ),
    0,
  ));

test("terminal modes are taken over", { skip: underTest === "tinysshd" }, () =>
  passes(
    dialogue(
      "-echo intr ^X -ixon",
      ["stty -a"],
      `awaits "intr = ^X;"
       awaits " -ixon "
       awaits " -echo "`,
    ),
    0,
  ),
);

test("an interactive shell: its prompt, an interrupt, its exit", () =>
  passes(
    dialogue(
      "",
      [],
      `awaits "$ "
       send "PS1='ready> '\\r"
       awaits "ready> '"
       awaits "ready> "
       send "echo shell=\\$0\\r"
       awaits "shell=-sh"
       send "sleep 100\\r"
       after 200
       send "\\003"
       awaits "ready> "
       send "exit 3\\r"`,
    ),
    3,
  ));

test("end of file ends the shell", () =>
  passes(
    dialogue(
      "",
      [],
      `awaits "$ "
       send "\\004"`,
    ),
    0,
  ));

test("a terminal that is hung up ends what ran on it", async () => {
  await passes(
    dialogue(
      "",
      ["echo begun; sleep 990"],
      `awaits "begun"
       exec kill -9 [exp_pid]
       exit 0`,
    ),
    0,
  );
  await server().idle();
});

test("large output comes whole and in order", async () => {
  const result = await dialogue("", ["i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done"], "log_user 1");
  const lines = result.stdout.toString().match(/line \d+/g) ?? [];
  assert.equal(lines.length, 20_000);
  assert.equal(lines.at(-1), "line 20000");
});
