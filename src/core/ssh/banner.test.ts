import { test } from "node:test";
import assert from "node:assert/strict";
import { ServerPeer } from "../../../test/support/server-peer.ts";
import { message } from "../../../test/support/ssh/wire.ts";
import { BannerOptions } from "./banner.ts";

const ASKING = message(50, "user", "ssh-connection", "none");
const FRIEND = message(50, "friend", "ssh-connection", "none");
const FAILURE = message(51, "publickey", false);
const SUCCESS = Buffer.of(52);

function peer(banner: string): ServerPeer {
  const options = new BannerOptions();
  options.banner = Buffer.from(banner);
  const client = new ServerPeer(() => {}, [], options);
  client.authority.open.add("friend");
  return client;
}

test("a banner comes once, ahead of the first answer", () => {
  const client = peer("words\r\n");
  client.authenticating(); // nothing but that the service begins
  assert.deepEqual(client.ask(ASKING), [message(53, "words\r\n", ""), FAILURE]);
  assert.deepEqual(client.ask(ASKING), [FAILURE]);
  assert.deepEqual(client.ask(FRIEND), [SUCCESS]);
});

test("who logs in at once has seen it", () => {
  const client = peer("words\r\n");
  client.authenticating();
  assert.deepEqual(client.ask(FRIEND), [message(53, "words\r\n", ""), SUCCESS]);
});

test("none, unless there is one", () => {
  const client = peer("");
  client.authenticating();
  assert.deepEqual(client.ask(ASKING), [FAILURE]);
});
