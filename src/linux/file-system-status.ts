/** What the kernel tells of a whole file system (struct statfs). */
import { call, whole } from "./sys.ts";
import { i64At } from "./layout.ts";
import { Place } from "./tree.ts";

const STATUS_BYTES: i32 = 120;
const ST_RDONLY: i64 = 1;
const ST_NOSUID: i64 = 2;

export class FileSystemStatus {
  private raw: Uint8Array = new Uint8Array(STATUS_BYTES);

  /** Of the one that a file is on. 0, or the negative errno. */
  ofPlace(place: Place): i32 {
    return call(137, 43, whole(place.name), whole(this.raw)); // statfs
  }

  ofDescriptor(descriptor: i32): i32 {
    return call(138, 44, descriptor, whole(this.raw)); // fstatfs
  }

  /** Bytes of a block as they are best read and written, and as blocks are counted. */
  blockSize(): i64 {
    return i64At(this.raw, 8);
  }

  fragmentSize(): i64 {
    return i64At(this.raw, 72);
  }

  blocks(): i64 {
    return i64At(this.raw, 16);
  }

  freeBlocks(): i64 {
    return i64At(this.raw, 24);
  }

  /** Free blocks that users may take. */
  availableBlocks(): i64 {
    return i64At(this.raw, 32);
  }

  files(): i64 {
    return i64At(this.raw, 40);
  }

  freeFiles(): i64 {
    return i64At(this.raw, 48);
  }

  identity(): i64 {
    return i64At(this.raw, 56);
  }

  /** Bytes of the longest name. */
  nameLimit(): i64 {
    return i64At(this.raw, 64);
  }

  isReadOnly(): bool {
    return (i64At(this.raw, 80) & ST_RDONLY) != 0;
  }

  ignoresSetUserId(): bool {
    return (i64At(this.raw, 80) & ST_NOSUID) != 0;
  }
}
