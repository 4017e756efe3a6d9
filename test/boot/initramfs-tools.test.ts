/** Images of initramfs-tools, in virtual machines. script/test boots one of them; `npm run test:boot` does all that is here. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BootBench, bootFault, PASSPHRASE, uuid } from "../support/boot-bench.ts";
import { Report } from "./report.ts";

const fault = bootFault();
const skip = fault;
const skipLong = fault !== false ? fault : process.env.BOOT !== "all" && "takes minutes: npm run test:boot";

/** Milliseconds from an address to the server's first line. The bar is 1000, on a machine that isn't emulated. */
const FIRST_LINE = 5000;
/** What ipconfig says once there is an address. */
const ADDRESS = /^IP-Config: \S+ complete/m;
const WORDS = ["ip=dhcp", "root=/dev/mapper/disk1"];

let bench: BootBench;
let image: string;
let disks: string[];
before(async () => {
  if (fault !== false) return;
  bench = new BootBench();
  await bench.sealHostKey("sealed", "fallback");
  const crypttab = [1, 2].map((number) => `disk${number} UUID=${uuid(number)} none luks,initramfs\n`);
  bench.tree.file("/etc/crypttab", crypttab.join(""));
  image = bench.build("initramfs-tools");
  disks = [bench.disk(1), bench.disk(2)];
});
after(() => bench?.remove());

test("a TPM in another state: the fallback key, and why; one passphrase for two disks", { skip }, async (t) => {
  const changed = await bench.builtOtherwise(image);
  await bench.withMachine(changed, disks, WORDS, async (machine) => {
    const delay = await bench.answers(machine, ADDRESS);
    t.diagnostic(`the server answers ${delay} ms after there is an address`);
    assert.ok(delay < FIRST_LINE, `it answers after ${delay} ms`);

    const impostor = await bench.ssh(machine, "sealed", ["true"]);
    assert.equal(impostor.status, 255, "it has not got the sealed key");
    const wrong = await bench.ssh(machine, "fallback", ["postern", "unlock"], "wrong\n");
    assert.equal(wrong.status, 2, wrong.stderr);
    assert.match(wrong.stderr, /sealed host key could not be opened: .*PCR 7 differ/);
    const begun = Date.now();
    const login = await bench.ssh(machine, "fallback", [], `${PASSPHRASE}\n`);
    t.diagnostic(`two disks are open after ${Date.now() - begun} ms`);
    assert.equal(login.status, 0, login.stderr);
    assert.equal(login.stdout.toString(), "disk1: open\ndisk2: open\n");

    const report = await Report.of(machine);
    assert.deepEqual(report.disks, ["disk1", "disk2"]);
    assert.deepEqual(report.leftovers, []);
    assert.deepEqual(report.addresses, []);
    assert.deepEqual(report.keys, []);
  });
});

test("a sealed key, two wrong passphrases, and a right one", { skip: skipLong }, () =>
  bench.withMachine(image, disks, WORDS, async (machine) => {
    await bench.answers(machine, ADDRESS);
    const terminal = bench.terminal(machine, "sealed");
    await terminal.shows("Passphrase for ");
    terminal.type("wrong");
    await terminal.shows("Passphrase for ", 2);
    terminal.type("wrong again");
    await terminal.shows("Passphrase for ", 3);
    terminal.type(PASSPHRASE);
    assert.equal(await terminal.end(), 0, terminal.shown);
    assert.doesNotMatch(terminal.shown, new RegExp(`wrong again|${PASSPHRASE}`), "nothing that is typed is shown");
    assert.deepEqual((await Report.of(machine)).leftovers, []);
  }),
);

test("another TPM, and somebody who is still logged in when the real system begins", { skip: skipLong }, async () => {
  await bench.replaceTpm();
  await bench.withMachine(image, disks, WORDS, async (machine) => {
    await bench.answers(machine, ADDRESS);
    const guest = bench.ssh(machine, "fallback", ["sleep 1000 & exec sleep 1000"]);
    const login = await bench.ssh(machine, "fallback", ["postern", "unlock"], PASSPHRASE);
    assert.equal(login.status, 0, login.stderr);
    assert.match(login.stderr, /sealed host key could not be opened: /);
    const report = await Report.of(machine);
    assert.deepEqual(report.leftovers, []);
    assert.deepEqual(report.addresses, []);
    await guest;
  });
});
