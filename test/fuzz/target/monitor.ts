/**
 * The monitor, told anything by a network process that has fallen: one record of the input is one record of its socket.
 *
 * Before a login it may sign once and touch no session; behind a fault it does nothing at all.
 */
import { copyOf } from "../../../src/core/bytes/bytes.ts";
import { HostKey } from "../../../src/core/ssh/environment.ts";
import * as answer from "../../../src/core/ssh/monitor/answer.ts";
import { Monitor, Outlet } from "../../../src/core/ssh/monitor/monitor.ts";
import * as request from "../../../src/core/ssh/monitor/request.ts";
import { TransportOptions } from "../../../src/core/ssh/transport/options.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { Codec, expect, Target } from "../target.ts";
import { ScriptedSessions } from "./scripted-sessions.ts";
import { ScriptedAuthority, ScriptedEnvironment, ScriptedHostKey } from "./scripted-surroundings.ts";

const requests: Codec[] = [
  new Codec(request.SIGN, "", (r: Reader, w: Writer) => request.SignRequest.decode(r).encode(w)),
  new Codec(request.VOUCH, "", (r: Reader, w: Writer) => request.VouchRequest.decode(r).encode(w)),
  new Codec(request.PROVE, "", (r: Reader, w: Writer) => request.ProveRequest.decode(r).encode(w)),
  new Codec(request.ENTER, "", (r: Reader, w: Writer) => request.EnterRequest.decode(r).encode(w)),
  new Codec(request.TERMINAL, "", (r: Reader, w: Writer) => request.TerminalRequest.decode(r, false).encode(w)),
  new Codec(request.RESIZE, "", (r: Reader, w: Writer) => request.TerminalRequest.decode(r, true).encode(w)),
  new Codec(request.VARIABLE, "", (r: Reader, w: Writer) => request.VariableRequest.decode(r).encode(w)),
  new Codec(request.START, "", (r: Reader, w: Writer) => request.StartRequest.decode(r).encode(w)),
  new Codec(request.SIGNAL, "", (r: Reader, w: Writer) => request.SignalRequest.decode(r).encode(w)),
  new Codec(request.BREAK, "", (r: Reader, w: Writer) => request.BreakRequest.decode(r).encode(w)),
  new Codec(request.CLOSE, "", (r: Reader, w: Writer) => request.CloseRequest.decode(r).encode(w)),
  new Codec(request.AGENT, "", (r: Reader, w: Writer) => request.AgentRequest.decode(r).encode(w)),
  new Codec(request.CONNECT, "", (r: Reader, w: Writer) => request.ConnectRequest.decode(r).encode(w)),
  new Codec(request.LOG, "", (r: Reader, w: Writer) => request.LogRequest.decode(r).encode(w)),
];

const answers: Codec[] = [
  new Codec(answer.SIGNATURE, "", (r: Reader, w: Writer) => answer.SignatureAnswer.decode(r).encode(w)),
  new Codec(answer.VERDICT, "", (r: Reader, w: Writer) => answer.Verdict.decode(r).encode(w)),
  new Codec(answer.ADMISSION, "", (r: Reader, w: Writer) => answer.Admission.decode(r).encode(w)),
  new Codec(answer.EXITED, "", (r: Reader, w: Writer) => answer.Exited.decode(r).encode(w)),
  new Codec(answer.CONNECTED, "", (r: Reader, w: Writer) => answer.Connected.decode(r).encode(w)),
  new Codec(answer.KILLED, "", (r: Reader, w: Writer) => answer.Killed.decode(r).encode(w)),
];

function check(codecs: Codec[], record: Uint8Array, out: Writer): void {
  for (let i = 0; i < codecs.length; i++) {
    if (codecs[i].number == (record[0] as i32)) codecs[i].check(record.subarray(1), out);
  }
}

/** Keeps what the monitor says. */
class Listener extends Outlet {
  signatures: i32 = 0;
  sent: i32 = 0;
  private out: Writer;

  constructor(out: Writer) {
    super();
    this.out = out;
  }

  send(message: Uint8Array, session: i32): void {
    this.sent++;
    if ((message[0] as i32) == answer.SIGNATURE) this.signatures++;
    check(answers, message, this.out);
    this.out.uint32((session + 1) as u32);
  }
}

export class MonitorRecords extends Target {
  /** The last one: what it holds is measured. */
  monitor: Monitor | null = null;

  constructor() {
    super("monitor");
    this.records = true;
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    const outlet = new Listener(out);
    const sessions = new ScriptedSessions(out);
    const keys: HostKey[] = [new ScriptedHostKey()];
    const options = new TransportOptions();
    const environment = new ScriptedEnvironment(out);
    const monitor = new Monitor(environment, keys, new ScriptedAuthority(), sessions, options, outlet);
    this.monitor = monitor;
    let at = 0;
    while (at + 2 < input.length) {
      const length = ((input[at] as i32) << 8) | (input[at + 1] as i32);
      const end = at + 2 + length < input.length ? at + 2 + length : input.length;
      const record = copyOf(input, at + 2, end - at - 2);
      const silent = monitor.fault.length > 0;
      const sent = outlet.sent;
      const calls = sessions.calls;
      if (record.length > 0) check(requests, record, out);
      monitor.receive(record);
      expect(!silent || (outlet.sent == sent && sessions.calls == calls), "nothing is done behind a fault");
      const entered = monitor.user.length > 0;
      expect(entered || sessions.calls == 0, "no session before a login");
      expect(entered || outlet.signatures <= 1, "one signature before a login");
      expect(entered == (monitor.grant != null), "who is logged in was granted it");
      at = end;
    }
    out.text(monitor.fault);
    monitor.end();
    const calls = sessions.calls;
    monitor.end();
    expect(sessions.calls == calls, "sessions are closed once");
  }
}

/** What the monitor tells the network process that it granted. */
export class Answers extends Target {
  constructor() {
    super("monitor-answers");
  }

  run(input: Uint8Array, out: Writer): void {
    if (input.length > 0) check(answers, input, out);
  }
}
