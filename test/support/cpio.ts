/** Entries of cpio archives, as tests need them: with anything in their headers. */

interface Fields {
  inode?: number;
  mode?: number;
  owner?: number;
  links?: number;
  /** Eight characters in place of the right number. */
  size?: string;
  nameSize?: string;
}

/** One entry of format newc: a file unless `mode` says otherwise. */
export function newc(name: string, content: string | Uint8Array, fields: Fields = {}): Buffer {
  const bytes = Buffer.from(content);
  const label = Buffer.from(`${name}\0`, "latin1");
  const hex = (value: number): string => value.toString(16).padStart(8, "0");
  const { inode = 1, mode = 0o100644, owner = 0, links = 1 } = fields;
  const numbers = [inode, mode, owner, 0, links, 0].map(hex);
  const size = fields.size ?? hex(bytes.length);
  const nameSize = fields.nameSize ?? hex(label.length);
  const header = ["070701", ...numbers, size, ...[8, 1, 0, 0].map(hex), nameSize, hex(0)].join("");
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), label])), padded(bytes)]);
}

export const folder = (name: string, mode = 0o755): Buffer => newc(name, "", { mode: 0o040000 | mode });
export const link = (name: string, target: string): Buffer => newc(name, target, { mode: 0o120777 });
export const trailer: Buffer = newc("TRAILER!!!", "");

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
