/**
 * Records what real clients send to the scripted server, for session.test.ts to play back. To be run by hand when our
 * side of the handshake has changed: node test/session/record.ts
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installKernels } from "../../src/node/kernels.ts";
import { root } from "../../src/native/build.ts";
import { ScriptedServer } from "./scripted-server.ts";

interface Recording {
  name: string;
  /** The client, without where to. */
  client: string[];
  command: string[];
  input: Buffer;
}

const newerSsh = execFileSync(join(root, "script/newer-ssh"), { encoding: "utf8" }).trim();
const text = Buffer.from("through the gate\n".repeat(600));

const recordings: Recording[] = [
  { name: "curve25519-exec", client: ["ssh", "-o", "KexAlgorithms=curve25519-sha256"], command: ["cat"], input: text },
  {
    name: "sntrup761-rekey",
    client: ["ssh", "-o", "KexAlgorithms=sntrup761x25519-sha512@openssh.com", "-o", "RekeyLimit=3K"],
    command: ["cat"],
    input: text,
  },
  {
    name: "mlkem768-terminal",
    client: [newerSsh, "-tt", "-o", "KexAlgorithms=mlkem768x25519-sha256"],
    command: [],
    input: Buffer.from("a line\n~."),
  },
  { name: "subsystem", client: ["ssh", "-s"], command: ["echo"], input: Buffer.alloc(0) },
];

async function record(recording: Recording, key: string): Promise<Buffer> {
  const sent: Buffer[] = [];
  const scripted = new ScriptedServer();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.write(scripted.exchange(new Uint8Array(0)));
    socket.on("data", (bytes) => {
      sent.push(bytes);
      socket.write(scripted.exchange(new Uint8Array(bytes)));
    });
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const [program, ...options] = recording.client;
  const { port } = server.address() as AddressInfo;
  const where = ["-F", "none", "-i", key, "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"];
  const child: ChildProcess = spawn(
    program!,
    [...options, ...where, "-o", "IdentitiesOnly=yes", "-p", String(port), "ada@127.0.0.1", ...recording.command],
    { stdio: ["pipe", "inherit", "inherit"] },
  );
  child.stdin!.end(recording.input);
  await once(child, "exit");
  server.close();
  return Buffer.concat(sent);
}

installKernels();
const work = mkdtempSync(join(tmpdir(), "postern-record-"));
try {
  const key = join(work, "id_ed25519");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
  for (const recording of recordings) {
    const bytes = await record(recording, key);
    writeFileSync(join(root, "test/session", `${recording.name}.client`), bytes);
    console.log(`${recording.name}: ${bytes.length} bytes`);
  }
} finally {
  rmSync(work, { recursive: true });
}
