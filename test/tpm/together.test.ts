/**
 * All of it together: a client's key in one TPM, the host's in another, our server, and OpenSSH's ssh between. The host's
 * key is bound to PCRs: once they have changed it signs for nobody.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { commonServer, temporaryFolder } from "../support/fixture.ts";
import { nativeExecutable } from "../support/native.ts";
import { run, type Result } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { underTest } from "../support/server.ts";
import { Swtpm } from "../support/swtpm.ts";

const folder = temporaryFolder();

/** A machine with a TPM, one key in it, and an agent. */
class Machine {
  readonly tpm = new Swtpm();
  readonly keys: string;
  readonly socket: string;
  private agent: ChildProcess | undefined;

  constructor(name: string) {
    this.keys = join(folder(), name);
    this.socket = join(folder(), `${name}.agent`);
  }

  /** `options`: of ssh-tpm-keygen. Returns the key's public line. */
  async start(...options: string[]): Promise<string> {
    mkdirSync(this.keys);
    await this.tpm.start();
    this.tool("ssh-tpm-keygen", "-f", join(this.keys, "key"), "-C", "", ...options);
    const words = ["-l", this.socket, "--key-dir", this.keys, "--tpm", this.tpm.name];
    this.agent = spawn(nativeExecutable("postern"), ["ssh-tpm-agent", ...words], { stdio: "ignore" });
    assert.ok(await until(() => existsSync(this.socket), 10_000));
    return readFileSync(join(this.keys, "key.pub"), "utf8").trim();
  }

  tool(name: string, ...words: string[]): string {
    return execFileSync(nativeExecutable("postern"), [name, ...words, "--tpm", this.tpm.name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async stop(): Promise<void> {
    if (this.agent?.exitCode === null && this.agent.kill("SIGTERM")) await once(this.agent, "exit");
    await this.tpm.remove();
  }
}

describe("a client's TPM and a host's", { skip: underTest !== "postern" && underTest }, () => {
  let host: Machine;
  let client: Machine;
  let [hostLine, clientLine] = ["", ""];
  before(async () => {
    [host, client] = [new Machine("host"), new Machine("client")];
    hostLine = await host.start("-N", "", "--pcrs", "23");
    clientLine = await client.start("-N", "");
  });
  after(async () => {
    await Promise.all([host.stop(), client.stop()]);
  });
  const server = commonServer({
    get options() {
      return ["-vv", "--host-key-agent", host.socket];
    },
    moreHostKeys(path) {
      copyFileSync(join(host.keys, "key.pub"), join(path, "nistp256.pub"));
    },
  });

  function logIn(): Promise<Result> {
    const known = join(folder(), "known_hosts");
    writeFileSync(known, `[127.0.0.1]:${server().port} ${hostLine}\n`);
    server().stage.authorize(server().account, [clientLine]);
    const settings = {
      UserKnownHostsFile: known,
      GlobalKnownHostsFile: "/dev/null",
      StrictHostKeyChecking: "yes",
      HostKeyAlgorithms: "ecdsa-sha2-nistp256",
      IdentityAgent: client.socket,
      BatchMode: "yes",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    const words = ["ssh", "-F", "/dev/null", "-p", `${server().port}`, ...options];
    return run([...words, `${server().account.name}@127.0.0.1`, "echo in"]);
  }

  test("a login in which every signature comes from a TPM", async () => {
    const result = await logIn();
    assert.deepEqual([result.status, result.stdout.toString()], [0, "in\n"], result.stderr);
    assert.match(server().log(), /host key ecdsa-sha2-nistp256/);
    assert.match(server().log(), /auth-ok: \S+ \S+: ecdsa-sha2-nistp256/);
  });

  test("once the host's PCRs have changed, its key signs no more", async () => {
    host.tpm.tool("tpm2_pcrextend", `23:sha256=${"ab".repeat(32)}`);
    const result = await logIn();
    assert.notEqual(result.status, 0);
    assert.match(server().log(), /host key agent \S+: it does not sign with ecdsa-sha2-nistp256/);
    host.tpm.tool("tpm2_pcrreset", "23");
    const again = await logIn();
    assert.equal(again.status, 0, again.stderr);
  });
});
