/** kill -9 of each process of a connection, in each phase: what belonged to it goes, and all else goes on. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { Arena, type Phase } from "../adversary/arena.ts";
import { ssh, startSsh } from "../support/openssh.ts";
import { describe as describeAll, descendants, processOf, until, type Process } from "../support/processes.ts";
import { Server } from "../support/server.ts";
import { WrappedServer } from "../support/wrapped-server.ts";

const PHASES: Phase[] = [
  "connected",
  "identified",
  "proposed",
  "protected",
  "authenticating",
  "authenticated",
  "running",
];

/** The processes of the connection that was made last. */
interface Tree {
  monitor: Process;
  network: Process;
  session: Process | undefined;
}

function treeOf(server: Server, others: number[]): Tree | null {
  const all = descendants(server.pid);
  const monitor = all.find(({ pid, parent }) => parent === server.pid && !others.includes(pid));
  const children = all.filter(({ parent }) => parent === monitor?.pid);
  const network = children.find(({ name }) => name === monitor?.name);
  if (monitor === undefined || network === undefined) return null;
  return { monitor, network, session: children.find(({ pid }) => pid !== network.pid) };
}

const gone = (processes: (Process | undefined)[]): boolean =>
  processes.every((one) => one === undefined || processOf(one.pid) === null);

describe("kill -9", () => {
  let server: Server;
  let arena: Arena;
  /** A session of somebody else, which is there all the time. */
  let bystander: ReturnType<typeof startSsh>;
  let others: number[] = [];

  before(async () => {
    server = await Server.start({ options: ["-v"] });
    arena = new Arena(server);
    bystander = startSsh(server, [], ["cat"]);
    bystander.stdin!.write("early\n");
    await once(bystander.stdout!, "data");
    others = descendants(server.pid).map(({ pid }) => pid);
  });
  after(async () => {
    bystander.stdin!.write("late\n");
    const signal = AbortSignal.timeout(5000);
    const [text] = (await once(bystander.stdout!, "data", { signal })) as [Buffer];
    assert.equal(text.toString(), "late\n", "whoever else is logged in has noticed nothing");
    bystander.stdin!.end();
    await once(bystander, "close");
    await server.stop();
  });

  for (const phase of PHASES) {
    for (const which of ["monitor", "network", "session"] as const) {
      if (which === "session" && phase !== "running") continue;
      test(`${phase}: the ${which} process`, async () => {
        const { client } = await arena.enter(phase);
        let tree: Tree | null = null;
        const wanted = (): boolean => {
          tree = treeOf(server, others);
          return tree?.[which] !== undefined && (phase !== "running" || tree.session !== undefined);
        };
        assert.ok(await until(wanted, 5000), describeAll(server.processes()));
        const { monitor, network, session } = tree!;
        const before = server.log().length;
        process.kill({ monitor, network, session }[which]!.pid, "SIGKILL");
        const rest = which === "session" ? [session] : [monitor, network, session];
        assert.ok(await until(() => gone(rest), 5000), describeAll(server.processes()));
        const said = {
          monitor: /crash: connection from 127\.0\.0\.1:\d+: its process was ended by signal 9\n/,
          network: /the network process was ended by signal 9\n/,
          session: /exit: [^ ]+ 0: signal KILL\n/,
        }[which];
        assert.ok(await until(() => said.test(server.log().slice(before)), 5000), server.log().slice(before));
        client.destroy();
        assert.ok(await until(() => gone([monitor, network, session]), 5000), describeAll(server.processes()));
        const { stdout } = await ssh(server, ["echo served"]);
        assert.equal(stdout.toString(), "served\n");
      });
    }
  }
});

test("kill -9 of the listener: who is logged in stays so, and leaves nothing behind", async () => {
  const server = new WrappedServer([{ name: "visitor", shell: "/bin/sh" }]);
  try {
    // The shell stays, so that the listener's end isn't that of everything.
    await server.start(["sh", "-c", '"$@"; sleep 60', "sh"]);
    const [program, ...words] = server.command("visitor", true, ["cat"]);
    const client = spawn(program!, words, { stdio: ["pipe", "pipe", "inherit"] });
    client.stdin.write("before\n");
    await once(client.stdout, "data");
    const listener = server.pid;
    const connection = descendants(listener);
    process.kill(listener, "SIGKILL");
    assert.ok(await until(() => processOf(listener) === null, 5000));
    client.stdin.end("after\n");
    const [text] = (await once(client.stdout, "data")) as [Buffer];
    assert.equal(text.toString(), "after\n");
    const [status] = (await once(client, "close")) as [number];
    assert.equal(status, 0);
    assert.ok(await until(() => gone(connection), 5000));
  } finally {
    await server.stop();
  }
});
