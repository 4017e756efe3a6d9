import { test } from "node:test";
import assert from "node:assert/strict";
import { isIP, SocketAddress } from "node:net";
import fc from "fast-check";
import { ascii } from "../core/bytes/text.ts";
import { AF_INET, AF_INET6, InternetAddress } from "./internet-address.ts";

const parse = (text: string): InternetAddress | null => InternetAddress.parse(ascii(text));

const groups = (part: string | undefined): string[] => (part ? part.split(":") : []);

/** What the system's own parser makes of an IPv6 address: its sixteen bytes. */
function bytesOf(host: string): number[] {
  const hostname = new URL(`http://[${host}]/`).hostname.slice(1, -1);
  const [head, tail] = hostname.split("::") as [string, string | undefined];
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail)];
  return all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
}

test("text to address and back", () => {
  for (const text of ["127.0.0.1:22", "0.0.0.0:65535", "[::1]:2222", "[::]:22", "[2001:db8::1]:1", "*:22"]) {
    assert.equal(parse(text)!.text(), text);
  }
  assert.equal(parse("[2001:DB8:0:0:1:0:0:1]:22")!.text(), "[2001:db8::1:0:0:1]:22");
  assert.equal(parse("[1:0:2:0:3:0:4:0]:22")!.text(), "[1:0:2:0:3:0:4:0]:22");
  assert.equal(parse("[fe80:1::]:22")!.text(), "[fe80:1::]:22");
});

test("limits tell IPv4 addresses apart, and networks of IPv6", () => {
  const network = (text: string): number => parse(`${text}:22`)!.network();
  assert.equal(network("192.0.2.1"), 0xc0000201);
  assert.notEqual(network("192.0.2.1"), network("192.0.2.2"));
  assert.equal(network("[2001:db8:1:2::1]"), network("[2001:db8:1:2:ffff::]"));
  assert.equal(network("[2001:db8:1:2::1]"), (0x20010db8 ^ 0x00010002) >>> 0);
  assert.notEqual(network("[2001:db8:1:2::1]"), network("[2001:db8:1:3::1]"));
});

test("what isn't an address is refused", () => {
  const wrong = ["", "22", ":22", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:022"];
  wrong.push("127.0.0:22", "127.0.0.0.1:22", "127.0.0.256:22", "127.0.0.01:22", "127.0.0.-1:22", "localhost:22");
  wrong.push("::1:22", "[::1:22", "[]:22", "[:]:22", "[:::]:22", "[1::2::3]:22", "[1:2:3:4:5:6:7]:22", "[12345::]:22");
  wrong.push("[1:2:3:4:5:6:7:8:9]:22", "[1:2:3:4:5:6:7:8::]:22", "[fe80::1%eth0]:22", "[::1.2.3]:22", "[1:]:22");
  wrong.push("[:1]:22", "**:22", "*", "1.2.3.4:22 ", " 1.2.3.4:22", "[1:2:3:4:5:6:7:1.2.3.4]:22");
  for (const text of wrong) assert.equal(parse(text), null, text);
});

test("any text: an address exactly where node:net sees one, and the same bytes", () => {
  const host = fc.oneof(fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{1,24}$/));
  fc.assert(
    fc.property(host, (host) => {
      const address = parse(`[${host}]:22`);
      assert.equal(address != null, isIP(host) == 6, host);
      if (address != null) assert.deepEqual([...address.bytes], bytesOf(host));
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.stringMatching(/^[0-9.]{1,15}$/)), (host) => {
      assert.equal(parse(`${host}:22`) != null, isIP(host) == 4, host);
    }),
  );
});

test("an IPv6 address is written as the system writes it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(255), (bytes, mask) => {
      // Runs of zeros are what matters: clear the groups that the mask names.
      for (let i = 0; i < 8; i++) if ((mask >> i) & 1) bytes.fill(0, i * 2, i * 2 + 2);
      bytes[0] = 0x20; // neither mapped nor compatible: their text differs on purpose
      const address = new InternetAddress();
      address.bytes = bytes;
      const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2]! << 8) | bytes[i * 2 + 1]!).toString(16));
      assert.equal(
        address.host(),
        new SocketAddress({ family: "ipv6", address: new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1) })
          .address,
      );
    }),
  );
});

test("the kernel's form, and IPv4 in IPv6's clothes", () => {
  const four = parse("192.0.2.1:513")!;
  assert.deepEqual([...four.forKernel()], [AF_INET, 0, 2, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(InternetAddress.fromKernel(four.forKernel())!.text(), "192.0.2.1:513");
  const six = parse("[2001:db8::5]:22")!;
  assert.equal(six.forKernel().length, 28);
  assert.equal(InternetAddress.fromKernel(six.forKernel())!.text(), "[2001:db8::5]:22");
  const mapped = parse("[::ffff:192.0.2.9]:22")!;
  assert.equal(mapped.family, AF_INET6);
  assert.equal(InternetAddress.fromKernel(mapped.forKernel())!.text(), "192.0.2.9:22");
  assert.equal(InternetAddress.fromKernel(Uint8Array.of(1, 0, 47, 100)), null);
  assert.equal(InternetAddress.fromKernel(six.forKernel().subarray(0, 27)), null);
});
