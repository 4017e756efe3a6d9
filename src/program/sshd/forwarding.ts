/**
 * What the monitor does to forward connections. Both kinds have to be switched on and permitted by the key: this is where it
 * is decided.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { AGENT_FORWARDING, Grant } from "../../core/ssh/auth/grant.ts";
import { CONNECT_FAILED, CONNECTED } from "../../core/ssh/connection/sessions.ts";
import { Monitor } from "../../core/ssh/monitor/monitor.ts";
import { Account } from "../../linux/accounts.ts";
import { close } from "../../linux/descriptor.ts";
import { POLLIN, PollSet } from "../../linux/poll.ts";
import { AgentSocket } from "./agent-socket.ts";
import { Dial, reportForwarding } from "./dial.ts";
import { SshdOptions } from "./options.ts";

const REFUSED: string = "refused";
const BY_KEY: string = "by the options of the key";
const AGENT: string = "the client's agent";

export class Forwarding {
  /** The socket that is being passed on; negative if there is none. */
  passing: i32 = -1;
  private options: SshdOptions;
  private dials: Dial[] = new Array<Dial>();
  private agent: AgentSocket | null = null;
  private agentIndex: i32 = -1;

  constructor(options: SshdOptions) {
    this.options = options;
  }

  /** Begins to connect. False, and logged, if it must not be. */
  connect(account: Account, grant: Grant, channel: i32, host: Uint8Array, port: u32): bool {
    const dial = new Dial(channel, host, port as i32);
    if (!this.options.tcpForwarding) dial.report(REFUSED, "without --tcp-forwarding");
    else if (!grant.leadsTo(host, port)) dial.report(REFUSED, BY_KEY);
    else if (dial.start(account)) this.dials.push(dial);
    return dial.socket >= 0;
  }

  /** The path of the socket that leads to the client's agent; empty, and logged, if there must or can be none. */
  agentPath(account: Account, grant: Grant): Uint8Array {
    if (!this.options.agentForwarding) reportForwarding(AGENT, REFUSED, "without --agent-forwarding");
    else if (!grant.permits(AGENT_FORWARDING)) reportForwarding(AGENT, REFUSED, BY_KEY);
    else return this.madeAgent(account);
    return EMPTY;
  }

  waitFor(set: PollSet): void {
    const agent = this.agent;
    for (let i = 0; i < this.dials.length; i++) this.dials[i].index = set.add(this.dials[i].socket, POLLIN);
    this.agentIndex = agent == null ? -1 : set.add(agent.listener, POLLIN);
  }

  /** Passes on what has come. */
  serve(set: PollSet, monitor: Monitor): void {
    const unanswered = new Array<Dial>();
    const dials = this.dials;
    for (let i = 0; i < dials.length; i++) {
      const dial = dials[i];
      if (set.ready(dial.index) == 0) {
        unanswered.push(dial);
      } else {
        this.passing = dial.take();
        monitor.connected(dial.channel, this.passing >= 0 ? CONNECTED : CONNECT_FAILED);
      }
    }
    this.dials = unanswered;
    if (set.ready(this.agentIndex) == 0) return;
    this.passing = this.agent!.accept();
    if (this.passing < 0) return;
    reportForwarding(AGENT, "connected", "");
    monitor.agentWanted();
  }

  /** What was passed on is no longer ours. */
  handedOver(): void {
    close(this.passing);
    this.passing = -1;
  }

  /** One socket serves all sessions of the connection. */
  private madeAgent(account: Account): Uint8Array {
    if (this.agent == null) this.agent = AgentSocket.make(account);
    const agent = this.agent;
    return agent == null ? EMPTY : agent.path;
  }
}
