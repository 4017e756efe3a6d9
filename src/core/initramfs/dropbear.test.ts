import assert from "node:assert/strict";
import { test } from "node:test";
import { dropbearTakes } from "./dropbear.ts";

const takes = (text: string, port: number): boolean => dropbearTakes(Buffer.from(text), port);

test("dropbear has port 22 unless it is told another", () => {
  for (const text of ["", "#DROPBEAR_OPTIONS='-p 2222'\n", "DROPBEAR_OPTIONS='-I 60 -j'\n", "IFDOWN=none\n"]) {
    assert.equal(takes(text, 22), true, text);
    assert.equal(takes(text, 2222), false, text);
  }
});

test("dropbear's ports in its options", () => {
  for (const options of ["-p 2222", "-j -p2222 -k", "-p  2222", "-p 10.0.0.1:2222", "-p [::1]:2222", "-p 22 -p 2222"]) {
    assert.equal(takes(`DROPBEAR_OPTIONS="${options}"\n`, 2222), true, options);
    assert.equal(takes(`DROPBEAR_OPTIONS="${options}"\n`, 22), options.includes("22 -p"), options);
  }
  assert.equal(takes('DROPBEAR_OPTIONS="-I 2222"\n', 2222), false);
  assert.equal(takes('DROPBEAR_OPTIONS="-p port"\n', 22), false);
});

test("where a shell would be needed nothing is certain", () => {
  assert.equal(takes('DROPBEAR_OPTIONS="-p $PORT"\n', 22), false);
});
