/** Images of dracut, in virtual machines. script/test boots one of them; `npm run test:boot` does all that is here. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BootBench, bootFault, label, PASSPHRASE, uuid } from "../support/boot-bench.ts";
import { Report } from "./report.ts";

const fault = bootFault();
const skip = fault;
const skipLong = fault !== false ? fault : process.env.BOOT !== "all" && "takes minutes: npm run test:boot";

/** Milliseconds from an address to the server's first line. The bar is 1000, on a machine that isn't emulated. */
const FIRST_LINE = 5000;
/** Seconds after which systemd gives a device up that nobody has told it to wait for. */
const DEVICE_PATIENCE = 90;
/** What networkd says once there is an address; journald is told to say it on the console. */
const ADDRESS = /DHCPv4 address/;
const JOURNAL = "systemd.journald.forward_to_console=1";

let bench: BootBench;
let image: string;
let disks: string[];
before(async () => {
  if (fault !== false) return;
  bench = new BootBench();
  await bench.sealHostKey("sealed", "fallback");
  image = bench.build("dracut");
  disks = [bench.disk(1), bench.disk(2)];
});
after(() => bench?.remove());

/** Words of the command line, for disks by number. */
const unlocks = (...numbers: number[]): string[] =>
  [JOURNAL].concat(numbers.map((number) => `rd.luks.name=${uuid(number)}=disk${number}`));
const ROOT = "root=/dev/mapper/disk1";
const LABEL = `root=LABEL=${label(1)}`;

test("a sealed key, two wrong passphrases, and a right one for two disks", { skip }, (t) =>
  bench.withMachine(image, disks, [...unlocks(1, 2), ROOT], async (machine) => {
    const delay = await bench.answers(machine, ADDRESS);
    t.diagnostic(`the server answers ${delay} ms after there is an address`);
    assert.ok(delay < FIRST_LINE, `it answers after ${delay} ms`);

    const opening = ["systemctl", "show", "--value", "-p", "InvocationID", "postern-host-key.service"];
    const first = (await bench.ssh(machine, "sealed", opening)).stdout.toString();
    assert.match(first, /^[0-9a-f]{32}\n$/);

    const terminal = bench.terminal(machine, "sealed");
    await terminal.shows("Passphrase for ");
    terminal.type("wrong");
    await terminal.shows("Passphrase for ", 2);
    const list = await bench.ssh(machine, "sealed", ["postern", "unlock", "--list", "--json"]);
    const waiting = JSON.parse(list.stdout.toString()).map((disk: { disk: string }) => disk.disk);
    assert.deepEqual(waiting.toSorted(), ["disk1", "disk2"]);
    terminal.type("wrong again");
    await terminal.shows("Passphrase for ", 3);
    const last = (await bench.ssh(machine, "sealed", opening)).stdout.toString();
    assert.equal(last, first, "the key is opened once, not by each connection");
    const begun = Date.now();
    terminal.type(PASSPHRASE);
    assert.equal(await terminal.end(), 0, terminal.shown);
    t.diagnostic(`two disks are open after ${Date.now() - begun} ms`);
    assert.match(terminal.shown, /disk1: open/);
    assert.match(terminal.shown, /disk2: open/);
    assert.doesNotMatch(terminal.shown, new RegExp(`wrong again|${PASSPHRASE}`), "nothing that is typed is shown");

    const report = await Report.of(machine);
    assert.deepEqual(report.disks.toSorted(), ["disk1", "disk2"]);
    assert.deepEqual(report.leftovers, []);
    assert.deepEqual(report.keys, []);
  }),
);

test("a TPM in another state: the fallback key, and why", { skip: skipLong }, async () => {
  const changed = await bench.builtOtherwise(image);
  await bench.withMachine(changed, disks, [...unlocks(1), ROOT], async (machine) => {
    await bench.answers(machine, ADDRESS);
    const impostor = await bench.ssh(machine, "sealed", ["true"]);
    assert.equal(impostor.status, 255, "it has not got the sealed key");
    const login = await bench.ssh(machine, "fallback", [], `${PASSPHRASE}\n`);
    assert.equal(login.status, 0, login.stderr);
    assert.match(login.stderr, /sealed host key could not be opened: .*PCR 7 differ/);
    assert.equal(login.stdout.toString(), "disk1: open\n");
    assert.deepEqual((await Report.of(machine)).leftovers, []);
  });
});

test("another TPM, and somebody who is still logged in when the real system begins", { skip: skipLong }, async () => {
  await bench.replaceTpm();
  await bench.withMachine(image, disks, [...unlocks(1), ROOT], async (machine) => {
    await bench.answers(machine, ADDRESS);
    const guest = bench.ssh(machine, "fallback", ["sleep 1000 & exec sleep 1000"]);
    const login = await bench.ssh(machine, "fallback", ["postern", "unlock"], `${PASSPHRASE}\n`);
    assert.equal(login.status, 0, login.stderr);
    assert.match(login.stderr, /sealed host key could not be opened: /);
    assert.deepEqual((await Report.of(machine)).leftovers, []);
    await guest;
  });
});

test("no TPM: the fallback key", { skip: skipLong }, () =>
  bench.withMachine(
    image,
    disks,
    [...unlocks(1), ROOT],
    async (machine) => {
      await bench.answers(machine, ADDRESS);
      const login = await bench.ssh(machine, "fallback", ["postern", "unlock"], `${PASSPHRASE}\n`);
      assert.equal(login.status, 0, login.stderr);
      assert.match(login.stderr, /sealed host key could not be opened: unable to open the TPM/);
      await Report.of(machine);
    },
    { tpm: false },
  ),
);

test("a passphrase that comes after 90 seconds", { skip: skipLong }, () =>
  bench.withMachine(image, disks, [...unlocks(1), LABEL], async (machine) => {
    await bench.answers(machine, ADDRESS);
    await sleep(1000 * (DEVICE_PATIENCE + 10));
    const login = await bench.ssh(machine, "fallback", ["postern", "unlock"], PASSPHRASE);
    assert.equal(login.status, 0, login.stderr);
    assert.equal(login.stderr.includes("emergency"), false);
    await Report.of(machine);
  }),
);

test("emergency mode, in which the root device has not come in time", { skip: skipLong }, () =>
  bench.withMachine(image, disks, [...unlocks(1), LABEL, "rd.timeout=20"], async (machine) => {
    await machine.shows(/Reached target.*emergency\.target/);
    const login = await bench.ssh(machine, "fallback", ["postern", "unlock"], PASSPHRASE);
    assert.equal(login.status, 0, login.stderr);
    assert.match(login.stderr, /emergency mode; the boot goes on/);
    await Report.of(machine);
  }),
);

test("emergency mode, in which three passphrases were wrong", { skip: skipLong }, () =>
  bench.withMachine(image, disks, [...unlocks(1), ROOT], async (machine) => {
    await bench.answers(machine, ADDRESS);
    for (const word of ["a", "b", "c"]) {
      const login = await bench.ssh(machine, "fallback", ["postern", "unlock"], word);
      assert.equal(login.status, 2, login.stderr);
    }
    await machine.shows(/Reached target.*emergency\.target/);
    const login = await bench.ssh(machine, "fallback", ["postern", "unlock"], PASSPHRASE);
    assert.equal(login.status, 0, login.stderr);
    await Report.of(machine);
  }),
);
