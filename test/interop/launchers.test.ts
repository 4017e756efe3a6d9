/** One login under each program that can start the server. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { available, type Launcher } from "../support/launchers.ts";
import { ssh } from "../support/openssh.ts";
import { Server, underTest } from "../support/server.ts";

const launchers: Launcher[] = ["listen", "socket", "tcpserver", "tcpsvd", "systemd", "inetd"];

describe("launchers", () => {
  for (const launcher of launchers) {
    const skip = !available(underTest, launcher) || (launcher === "socket" && underTest !== "postern");
    test(launcher, { skip }, async () => {
      const server = await Server.start({ launcher });
      try {
        const input = Buffer.alloc(300_000, "x");
        const result = await ssh(server, ["cat; echo $SSH_CONNECTION >&2; exit 6"], [], { input });
        assert.equal(result.status, 6, `${result.stderr}\n${server.log()}`);
        assert.ok(result.stdout.equals(input));
        assert.match(result.stderr, new RegExp(`^127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${server.port}\n$`));
        await server.idle();
      } finally {
        await server.stop();
      }
    });
  }
});
