import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { ReceiveWindow, SendWindow } from "./window.ts";

test("a send window holds up to 2^32 - 1 bytes", () => {
  const window = new SendWindow(0xfffffffe);
  assert.ok(!window.widen(2));
  assert.ok(window.widen(1));
  assert.equal(window.left, 0xffffffff);
  assert.ok(!window.widen(1));
  assert.ok(window.widen(0));
  window.take(0xffffffff);
  assert.equal(window.left, 0);
  assert.throws(() => window.take(1));
  assert.ok(window.widen(0xffffffff));
});

test("a receive window is granted anew by halves", () => {
  const window = new ReceiveWindow(1000);
  assert.ok(window.take(1000));
  assert.ok(!window.take(1));
  assert.equal(window.use(499), 0);
  assert.ok(!window.take(1), "what was used is not granted yet");
  assert.equal(window.use(1), 500);
  assert.ok(window.take(500));
  assert.ok(!window.take(1));
});

test("what a peer may have sent is never more than was used and the window together", () => {
  const step = fc.record({ send: fc.nat(300), use: fc.nat(300) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const size = 256;
      const window = new ReceiveWindow(size);
      let sent = 0;
      let used = 0;
      let granted = size;
      for (const { send, use } of steps) {
        assert.equal(window.take(send), send <= granted - sent);
        if (send <= granted - sent) sent += send;
        const now = Math.min(use, sent - used);
        used += now;
        granted += window.use(now);
        assert.ok(granted <= used + size && granted > used + size / 2);
      }
    }),
  );
});
