/** The messages: decoded, encoded, decoded again. The input is a packet's payload. */
import { isText } from "../../../src/core/bytes/text.ts";
import * as authentication from "../../../src/core/ssh/message/authentication.ts";
import * as request from "../../../src/core/ssh/message/channel-request.ts";
import * as connection from "../../../src/core/ssh/message/connection.ts";
import * as exchange from "../../../src/core/ssh/message/key-exchange.ts";
import * as number from "../../../src/core/ssh/message/number.ts";
import * as transport from "../../../src/core/ssh/message/transport.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { Codec, Target } from "../target.ts";

const messages: Codec[] = [
  new Codec(number.DISCONNECT, "", (r: Reader, w: Writer) => transport.Disconnect.decode(r).encode(w)),
  new Codec(number.IGNORE, "", (r: Reader, w: Writer) => transport.Ignore.decode(r).encode(w)),
  new Codec(number.UNIMPLEMENTED, "", (r: Reader, w: Writer) => transport.Unimplemented.decode(r).encode(w)),
  new Codec(number.DEBUG, "", (r: Reader, w: Writer) => transport.Debug.decode(r).encode(w)),
  new Codec(number.SERVICE_REQUEST, "", (r: Reader, w: Writer) => transport.ServiceRequest.decode(r).encode(w)),
  new Codec(number.SERVICE_ACCEPT, "", (r: Reader, w: Writer) => transport.ServiceAccept.decode(r).encode(w)),
  new Codec(number.EXT_INFO, "", (r: Reader, w: Writer) => transport.ExtInfo.decode(r).encode(w)),
  new Codec(number.KEXINIT, "", (r: Reader, w: Writer) => transport.KexInit.decode(r).encode(w)),
  new Codec(number.KEX_ECDH_INIT, "", (r: Reader, w: Writer) => exchange.KexEcdhInit.decode(r).encode(w)),
  new Codec(number.KEX_ECDH_REPLY, "", (r: Reader, w: Writer) => exchange.KexEcdhReply.decode(r).encode(w)),
  new Codec(number.USERAUTH_REQUEST, "", (r: Reader, w: Writer) => authentication.UserauthRequest.decode(r).encode(w)),
  new Codec(number.USERAUTH_FAILURE, "", (r: Reader, w: Writer) => authentication.UserauthFailure.decode(r).encode(w)),
  new Codec(number.USERAUTH_SUCCESS, "", (r: Reader, w: Writer) => authentication.UserauthSuccess.decode(r).encode(w)),
  new Codec(number.USERAUTH_PK_OK, "", (r: Reader, w: Writer) => authentication.UserauthPkOk.decode(r).encode(w)),
  new Codec(number.GLOBAL_REQUEST, "", (r: Reader, w: Writer) => connection.GlobalRequest.decode(r).encode(w)),
  new Codec(number.REQUEST_SUCCESS, "", (r: Reader, w: Writer) => connection.RequestSuccess.decode(r).encode(w)),
  new Codec(number.REQUEST_FAILURE, "", (r: Reader, w: Writer) => connection.RequestFailure.decode(r).encode(w)),
  new Codec(number.CHANNEL_OPEN, "", (r: Reader, w: Writer) => connection.ChannelOpen.decode(r).encode(w)),
  new Codec(number.CHANNEL_OPEN_CONFIRMATION, "", (r: Reader, w: Writer) =>
    connection.ChannelOpenConfirmation.decode(r).encode(w),
  ),
  new Codec(number.CHANNEL_OPEN_FAILURE, "", (r: Reader, w: Writer) =>
    connection.ChannelOpenFailure.decode(r).encode(w),
  ),
  new Codec(number.CHANNEL_WINDOW_ADJUST, "", (r: Reader, w: Writer) =>
    connection.ChannelWindowAdjust.decode(r).encode(w),
  ),
  new Codec(number.CHANNEL_DATA, "", (r: Reader, w: Writer) => connection.ChannelData.decode(r).encode(w)),
  new Codec(number.CHANNEL_EXTENDED_DATA, "", (r: Reader, w: Writer) =>
    connection.ChannelExtendedData.decode(r).encode(w),
  ),
  new Codec(number.CHANNEL_EOF, "", (r: Reader, w: Writer) => connection.ChannelEof.decode(r).encode(w)),
  new Codec(number.CHANNEL_CLOSE, "", (r: Reader, w: Writer) => connection.ChannelClose.decode(r).encode(w)),
  new Codec(number.CHANNEL_REQUEST, "", (r: Reader, w: Writer) => connection.ChannelRequest.decode(r).encode(w)),
  new Codec(number.CHANNEL_SUCCESS, "", (r: Reader, w: Writer) => connection.ChannelSuccess.decode(r).encode(w)),
  new Codec(number.CHANNEL_FAILURE, "", (r: Reader, w: Writer) => connection.ChannelFailure.decode(r).encode(w)),
  new Codec(number.PING, "", (r: Reader, w: Writer) => transport.Ping.decode(r).encode(w)),
  new Codec(number.PONG, "", (r: Reader, w: Writer) => transport.Pong.decode(r).encode(w)),
];

/** What is inside of messages: a name tells which. */
const parts: Codec[] = [
  new Codec(-1, "pty-req", (r: Reader, w: Writer) => request.PtyRequest.decode(r).encode(w)),
  new Codec(-1, "env", (r: Reader, w: Writer) => request.EnvironmentRequest.decode(r).encode(w)),
  new Codec(-1, "exec", (r: Reader, w: Writer) => request.ExecRequest.decode(r).encode(w)),
  new Codec(-1, "subsystem", (r: Reader, w: Writer) => request.SubsystemRequest.decode(r).encode(w)),
  new Codec(-1, "window-change", (r: Reader, w: Writer) => request.WindowChangeRequest.decode(r).encode(w)),
  new Codec(-1, "signal", (r: Reader, w: Writer) => request.SignalRequest.decode(r).encode(w)),
  new Codec(-1, "break", (r: Reader, w: Writer) => request.BreakRequest.decode(r).encode(w)),
  new Codec(-1, "exit-status", (r: Reader, w: Writer) => request.ExitStatusRequest.decode(r).encode(w)),
  new Codec(-1, "exit-signal", (r: Reader, w: Writer) => request.ExitSignalRequest.decode(r).encode(w)),
  new Codec(-1, "publickey", (r: Reader, w: Writer) => authentication.PublicKeyFields.decode(r, false).encode(w)),
  new Codec(-1, "publickey-hostbound-v00@openssh.com", (r: Reader, w: Writer) =>
    authentication.PublicKeyFields.decode(r, true).encode(w),
  ),
];

function checkPart(name: Uint8Array, fields: Uint8Array, out: Writer): void {
  for (let i = 0; i < parts.length; i++) {
    if (isText(name, parts[i].name)) parts[i].check(fields, out);
  }
}

/** Checks `payload`, if its message is one that is known. False if it isn't, or is malformed. */
export function checkMessage(payload: Uint8Array, out: Writer): bool {
  if (payload.length == 0) return false;
  const fields = payload.subarray(1);
  for (let i = 0; i < messages.length; i++) {
    if (messages[i].number != (payload[0] as i32)) continue;
    const before = out.written().length;
    messages[i].check(fields, out);
    return out.written().length > before + 1 || fields.length == 0;
  }
  return false;
}

export class Messages extends Target {
  constructor() {
    super("messages");
  }

  run(input: Uint8Array, out: Writer): void {
    if (!checkMessage(input, out)) return;
    const r = new Reader(input.subarray(1));
    if ((input[0] as i32) == number.CHANNEL_REQUEST) {
      const m = connection.ChannelRequest.decode(r);
      checkPart(m.type, m.data, out);
    } else if ((input[0] as i32) == number.USERAUTH_REQUEST) {
      const m = authentication.UserauthRequest.decode(r);
      checkPart(m.method, m.fields, out);
    }
  }
}
