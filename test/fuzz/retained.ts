/** Bytes that hang on an object: what it, and all that it leads to, takes of memory, roughly. */

const OBJECT = 64;

export function retained(root: object): number {
  const seen = new Set<object>();
  const waiting: object[] = [root];
  let bytes = 0;
  for (let object = waiting.pop(); object !== undefined; object = waiting.pop()) {
    if (seen.has(object)) continue;
    seen.add(object);
    bytes += OBJECT;
    if (object instanceof ArrayBuffer) bytes += object.byteLength;
    else if (ArrayBuffer.isView(object)) waiting.push(object.buffer);
    else {
      for (const value of Object.values(object)) {
        if (typeof value === "string") bytes += value.length;
        else if (typeof value === "object" && value !== null) waiting.push(value);
        else bytes += 8;
      }
    }
  }
  return bytes;
}
