/** A server for all tests of one file. */
import { after, afterEach, before } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, type ServerOptions } from "./server.ts";

/** Declares the server; it starts before the first test, and after each one no connection's process may be left. */
export function commonServer(options: ServerOptions = {}): () => Server {
  let server: Server | null = null;
  before(async () => {
    server = await Server.start(options);
  });
  afterEach(() => server!.idle());
  after(() => server?.stop());
  return () => server!;
}

/** Declares a folder for files, which goes after the last test. */
export function temporaryFolder(): () => string {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "postern-test-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}
