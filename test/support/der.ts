/** DER by the book (X.690 section 10), for tests: as bytes that the sources under test have no part in. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 128) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const digits = body.length.toString(16);
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.of(tag, 128 | length.length), length, body]);
}

export const sequence = (...contents: Uint8Array[]): Buffer => der(0x30, ...contents);
export const tagged = (number: number, ...contents: Uint8Array[]): Buffer => der(0xa0 | number, ...contents);
export const octets = (...contents: Uint8Array[]): Buffer => der(0x04, ...contents);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
export const boolean = (value: number): Buffer => der(0x01, Buffer.of(value));

/** An INTEGER that is not negative, given as hexadecimal digits, two a byte. */
export function integer(hex: string): Buffer {
  const bytes = Buffer.from(hex, "hex");
  return der(0x02, bytes[0]! >= 128 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** An OBJECT IDENTIFIER whose numbers but the first two are below 128. */
export function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const septets = (n: number): number[] => (n < 128 ? [n] : [...septets(n >> 7).map((byte) => byte | 128), n & 127]);
  return der(0x06, Buffer.of(40 * first! + second!, ...rest.flatMap(septets)));
}

export const pem = (label: string, bytes: Uint8Array): Buffer =>
  Buffer.from(
    `-----BEGIN ${label}-----\n${Buffer.from(bytes)
      .toString("base64")
      .replace(/.{64}(?=.)/g, "$&\n")}\n-----END ${label}-----\n`,
  );
