/**
 * The same line of authorized_keys, the same client and the same key, before this server and before Debian's sshd: both
 * do the same, or the difference is listed with its reason.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { certify, type CertificateOptions } from "../support/certificates.ts";
import { commonServer } from "../support/fixture.ts";
import { makeKey } from "../support/keys.ts";
import { ssh } from "../support/openssh.ts";
import { underTest, type Server } from "../support/server.ts";
import { asRoot, installed } from "../support/stage.ts";

interface Row {
  /** KEY is the key of the client or, where it has a certificate, of the authority; USER the account's name. */
  lines: string;
  certificate?: CertificateOptions;
  /** Status and output of the client here. */
  outcome: string;
  /** Why sshd does something else. */
  differs?: string;
}

const IN = "tty ran";
const WITHOUT_TERMINAL = "no terminal";
const OUT = "refused";
/** What the client asks for. */
const PROBE = "tty -s && echo tty; echo ran";

const row = (lines: string, outcome: string, differs?: string): Row =>
  differs === undefined ? { lines, outcome } : { lines, outcome, differs };
const certified = (lines: string, certificate: CertificateOptions, outcome: string, differs?: string): Row => ({
  ...row(lines, outcome, differs),
  certificate: { principals: "USER", ...certificate },
});

const rows: Row[] = [
  row("KEY", IN),
  row(" \t KEY comment", IN),
  row("restrict KEY", WITHOUT_TERMINAL),
  row("restrict,pty KEY", IN),
  row("pty,restrict KEY", WITHOUT_TERMINAL),
  row("No-PTY KEY", WITHOUT_TERMINAL),
  row("no-pty,pty KEY", IN),
  row("no-pty\tKEY", WITHOUT_TERMINAL),
  row("no-pty,,no-user-rc KEY", WITHOUT_TERMINAL),
  row(",no-pty KEY", WITHOUT_TERMINAL),
  row("no-pty, KEY", WITHOUT_TERMINAL),
  row("no-pty, no-user-rc KEY", OUT),
  row("no-pty no-user-rc KEY", OUT),
  row("no-pty=yes KEY", OUT),
  row("no-ptty KEY", OUT),
  row("unknown KEY", OUT),
  row('unknown="x" KEY', OUT),
  row("no-restrict KEY", OUT),
  row('unknown KEY\ncommand="echo second" KEY', "second"),
  row('command="echo first" KEY\nKEY', "first"),
  row('command="echo forced: $SSH_ORIGINAL_COMMAND" KEY', `forced: ${PROBE}`),
  row('command="echo \\"a  b\\" \'c\'" KEY', "a  b c"),
  row('command="echo a, b=c" KEY', "a, b=c"),
  row('command="exit 3" KEY', "status 3"),
  row('command="" KEY', ""),
  row('command="echo a",command="echo a" KEY', OUT),
  row("command=true KEY", OUT),
  row('command="true KEY', OUT),
  row('command="true"pty KEY', OUT),
  row("command KEY", OUT),
  row('from="127.0.0.1" KEY', IN),
  row('from="127.0.0.*" KEY', IN),
  row('from="127.?.0.1,10.0.0.0/8" KEY', IN),
  row('from="127.0.0.0/8" KEY', IN),
  row('from="::1,192.0.2.0/24" KEY', OUT),
  row('from="*,!127.0.0.0/8" KEY', OUT),
  row('from="!127.0.0.1,*" KEY', OUT),
  row('from="!192.0.2.1,*" KEY', IN),
  row('from="!192.0.2.1" KEY', OUT),
  row('from="*.example.org" KEY', OUT),
  row('from="127.0.0.1/8" KEY', OUT),
  row('from="" KEY', OUT),
  row('from="127.0.0.1," KEY', OUT),
  row('from="*",from="*" KEY', OUT),
  row('from="!127.0.0.0/x,*" KEY', OUT, "a network that can't be read keeps nobody out there"),
  row('expiry-time="20200101" KEY', OUT),
  row('expiry-time="20991231" KEY', IN),
  row('expiry-time="209912312359" KEY', IN),
  row('expiry-time="20991231235959Z" KEY', IN),
  row('expiry-time="20991231",expiry-time="20200101Z" KEY', OUT),
  row('expiry-time="20991301" KEY', OUT),
  row('expiry-time="tomorrow" KEY', OUT),
  row("cert-authority KEY", OUT),
  row('principals="USER" KEY', OUT),
  row("verify-required,touch-required,no-touch-required KEY", IN),
  row("no-port-forwarding,agent-forwarding,no-X11-forwarding,user-rc KEY", IN),
  row('permitopen="localhost:80",permitopen="[::1]:*",permitlisten="8080" KEY', IN),
  row('permitopen="localhost" KEY', OUT),
  row('permitlisten="localhost:port" KEY', OUT),
  row('permitopen="localhost:http" KEY', OUT, "names of services are not looked up"),
  row('tunnel="0" KEY', IN),
  row('tunnel="zero" KEY', OUT),
  row('environment="A" KEY', OUT),
  row('environment="A=b" KEY', OUT, "ignored there by default, although a forced command may build on it"),
  certified("KEY", {}, OUT),
  certified("cert-authority KEY", {}, IN),
  certified("cert-authority KEY", { principals: "other,USERx" }, OUT),
  certified("cert-authority KEY", { principals: "" }, OUT, "OpenSSH from 10.3 on refuses it as well"),
  certified('cert-authority,principals="a,USER" KEY', {}, IN),
  certified('cert-authority,principals="a,b" KEY', { principals: "c,b" }, IN),
  certified('cert-authority,principals="a,b" KEY', {}, OUT),
  certified('cert-authority,principals="a,b" KEY', { principals: "" }, OUT),
  certified("cert-authority KEY", { validity: "20200101:20210101" }, OUT),
  certified("cert-authority KEY", { validity: "20980101:20990101" }, OUT),
  certified("cert-authority KEY", { options: ["no-pty"] }, WITHOUT_TERMINAL),
  certified("cert-authority,restrict KEY", {}, WITHOUT_TERMINAL),
  certified("cert-authority,restrict,pty KEY", { options: ["clear"] }, WITHOUT_TERMINAL),
  certified("cert-authority KEY", { options: ["force-command=echo forced"] }, "forced"),
  certified('cert-authority,command="echo a" KEY', { options: ["force-command=echo a"] }, "a"),
  certified('cert-authority,command="echo a" KEY', { options: ["force-command=echo b"] }, OUT),
  certified("cert-authority KEY", { options: ["source-address=127.0.0.0/8"] }, IN),
  certified("cert-authority KEY", { options: ["source-address=192.0.2.0/24,::1/128"] }, OUT),
  certified('cert-authority,from="192.0.2.1" KEY', {}, OUT),
  certified("cert-authority KEY", { options: ["critical:foo@example.org=x"] }, OUT),
  certified("cert-authority KEY", { options: ["extension:foo@example.org=x"] }, IN),
  certified('cert-authority,expiry-time="20200101" KEY', {}, OUT),
];

/** Two clients of one server: the key that lines list, and a key that has a certificate. */
class Client {
  private readonly server: Server;
  private readonly authority: string;
  private readonly certified: string;

  constructor(server: Server) {
    this.server = server;
    this.authority = join(server.stage.folder, "ca");
    this.certified = join(server.stage.folder, "certified");
    makeKey(this.authority);
    makeKey(this.certified);
  }

  async outcome({ lines, certificate }: Row): Promise<string> {
    const { server } = this;
    const user = server.account.name;
    const path = certificate ? `${this.authority}.pub` : `${server.key.path}.pub`;
    const key = readFileSync(path, "utf8").split(" ", 2).join(" ");
    server.stage.authorize(server.account, [lines.replaceAll("KEY", key).replaceAll("USER", user)]);
    const options = ["-tt"];
    if (certificate) {
      const principals = certificate.principals!.replaceAll("USER", user);
      const { principals: _, ...rest } = certificate;
      const file = certify(this.authority, this.certified, principals === "" ? rest : { ...rest, principals });
      options.push("-o", `IdentityFile=${this.certified}`, "-o", `CertificateFile=${file}`);
    }
    const { status, stdout, stderr } = await ssh(server, [PROBE], options);
    if (/PTY allocation request failed/.test(stderr)) return WITHOUT_TERMINAL; // and with that, ssh -tt ends
    if (status === 255) return OUT;
    const words = stdout.toString().split(/[\r\n]+/);
    return [status === 0 ? "" : `status ${status}`, ...words].filter(Boolean).join(" ");
  }
}

const lacking = !asRoot || !installed("sshd") ? "sshd runs as root" : underTest !== "postern" && underTest;

describe("lines of authorized_keys", { skip: lacking }, () => {
  const ours = commonServer();
  const theirs = commonServer({ peer: "sshd" });
  const clients = new Map<Server, Client>();
  const client = (server: Server): Client => {
    if (!clients.has(server)) clients.set(server, new Client(server));
    return clients.get(server)!;
  };

  for (const tried of rows) {
    const { lines, certificate, outcome, differs } = tried;
    const name = certificate ? `${lines} and ${JSON.stringify(certificate)}` : lines;
    test(`${name}${differs ? `: otherwise than sshd, as ${differs}` : ""}`, async () => {
      const [here, there] = await Promise.all([client(ours()).outcome(tried), client(theirs()).outcome(tried)]);

      assert.equal(here, outcome, ours().log().slice(-1500));
      if (differs) assert.notEqual(there, here);
      else assert.equal(there, here, theirs().log().slice(-1500));
    });
  }
});
