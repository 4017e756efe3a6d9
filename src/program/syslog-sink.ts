/** Log lines as syslog records. TinySSH writes all of them with one priority; here each has its own. */
import { Syslog } from "../linux/syslog.ts";
import { LogSink } from "./log.ts";

export class SyslogSink extends LogSink {
  private program: string;
  private syslog: Syslog = new Syslog();

  constructor(program: string) {
    super();
    this.program = program;
  }

  line(priority: i32, line: string): void {
    this.syslog.send(priority, this.program, line);
  }
}
