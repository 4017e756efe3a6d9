/**
 * The network process: one connection from its first byte to its last. It moves bytes between the client, the SSH core
 * and the children, and asks the monitor for all that it has no right to.
 *
 * A round sends all that is there in one write, waits for whatever comes next, and deals with it.
 */
import { ascii } from "../../core/bytes/text.ts";
import { HostKey, FATAL } from "../../core/ssh/environment.ts";
import { FINISH } from "../../core/ssh/monitor/answer.ts";
import { LOG_LIMIT } from "../../core/ssh/monitor/monitor.ts";
import { FarewellRequest } from "../../core/ssh/monitor/request.ts";
import { Server } from "../../core/ssh/server.ts";
import { now } from "../../linux/clock.ts";
import { read, STDIN, STDOUT, write } from "../../linux/descriptor.ts";
import { EAGAIN } from "../../linux/errno.ts";
import { PollSet, POLLIN, POLLOUT } from "../../linux/poll.ts";
import { acknowledgeAtOnce } from "../../linux/socket.ts";
import { CONTINUE, FAILURE, Program, SUCCESS } from "../program.ts";
import { DistantAuthority, DistantHostKey, MonitorLink, NetworkEnvironment } from "./monitor-link.ts";
import { NetworkSessions } from "./network-sessions.ts";
import { SshdOptions } from "./options.ts";

/** How long a client whose connection is over may take to read the rest, in milliseconds. */
export const FAREWELL: f64 = 3000;
/** Descriptors waited for at first: the monitor, the client, a session. */
const USUAL_DESCRIPTORS: i32 = 8;

export class ConnectionLoop extends Program {
  private link: MonitorLink;
  private environment: NetworkEnvironment;
  private server: Server;
  private sessions: NetworkSessions;
  private waiting: PollSet = new PollSet(USUAL_DESCRIPTORS);
  /** Nothing more can be sent. */
  private deaf: bool = false;
  /** When waiting for the client to read the rest ends; Infinity while the connection is not over. */
  private farewell: f64 = Infinity;

  /** The client is on standard input and output. */
  constructor(link: MonitorLink, options: SshdOptions, hostKeys: HostKey[]) {
    super();
    const distant = new Array<HostKey>();
    for (let i = 0; i < hostKeys.length; i++) distant.push(new DistantHostKey(link, i, hostKeys[i]));
    const environment = new NetworkEnvironment(link);
    const sessions = new NetworkSessions(link);
    this.link = link;
    this.environment = environment;
    this.sessions = sessions;
    this.server = new Server(environment, distant, new DistantAuthority(link), sessions, options.server);
  }

  /** One round. Returns the exit status at the end, CONTINUE before. */
  step(): i32 {
    const server = this.server;
    this.send();
    if (server.closed() && (this.deaf || server.output().length == 0 || now() >= this.farewell)) return this.finish();

    const waiting = this.waiting;
    waiting.clear();
    const monitor = waiting.add(this.link.socket, POLLIN);
    const input = server.wantsInput() ? waiting.add(STDIN, POLLIN) : -1;
    const output = server.output().length > 0 ? waiting.add(STDOUT, POLLOUT) : -1;
    this.sessions.waitFor(waiting, server.connection);
    waiting.wait(this.patience());

    if (waiting.ready(monitor) != 0) this.link.listen();
    if (waiting.ready(input) != 0) this.receive();
    if (waiting.ready(output) != 0) this.send();
    this.sessions.serve(waiting, server.connection);
    if (now() >= server.deadline()) server.tick();
    this.handleNews();
    if (server.closed() && this.farewell == Infinity) this.farewell = now() + FAREWELL;
    return CONTINUE;
  }

  /** Milliseconds until something is due; negative if nothing is. */
  private patience(): f64 {
    const due = this.server.closed() ? this.farewell : this.server.deadline();
    return due == Infinity ? -1 : Math.max(due - now(), 0);
  }

  /** Sends what is there, as far as it is taken. */
  private send(): void {
    const server = this.server;
    const bytes = server.output();
    if (this.deaf || bytes.length == 0) return;
    const n = write(STDOUT, bytes, 0, bytes.length);
    if (n > 0) {
      server.sent(n);
    } else if (n != -EAGAIN) {
      this.deaf = true;
      server.ended();
    }
  }

  private receive(): void {
    const server = this.server;
    const room = server.input();
    const n = read(STDIN, room, 0, room.length);
    if (n > 0) {
      server.received(n);
    } else if (n != -EAGAIN) {
      server.ended();
    }
    // A stock client sends small packets under Nagle's algorithm until its session runs: each would wait for our ACK.
    if (!this.sessions.started) acknowledgeAtOnce(STDIN);
  }

  private handleNews(): void {
    for (let news = this.link.next(); news.length > 0; news = this.link.next()) {
      if ((news[0] as i32) == FINISH) this.server.leave();
      else this.sessions.report(news, this.server.connection);
    }
  }

  private finish(): i32 {
    const server = this.server;
    const isLoggedIn = server.user().length > 0;
    const reason = server.reason();
    if (!server.failed() && !isLoggedIn) this.environment.log(FATAL, "authentication failed: " + reason);
    const m = new FarewellRequest();
    m.failed = server.failed();
    m.reason = ascii(reason.length > LOG_LIMIT ? reason.substring(0, LOG_LIMIT) : reason);
    m.received = server.connection.received;
    m.sent = server.connection.sent;
    this.link.tell(m);
    return server.failed() || !isLoggedIn ? FAILURE : SUCCESS;
  }
}
