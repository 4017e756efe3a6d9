/** The files of an image, be it a folder that is still being filled or an archive. Paths have no slash in front. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { Archive } from "../../core/initramfs/archive.ts";
import { close, O_DIRECTORY, O_RDONLY } from "../../linux/descriptor.ts";
import { open, readFile } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { FolderListing } from "../../linux/folder-listing.ts";
import { within } from "../../linux/path.ts";

/** Of files that tell how an image starts and who is in it: far above any use. */
export const TEXT_LIMIT: i32 = 65536;

export abstract class ImageView {
  abstract has(path: string): bool;
  /** EMPTY if there is no such file, or it is above TEXT_LIMIT. */
  abstract text(path: string): Uint8Array;
  /** What is in a folder; nothing if there is no such folder. */
  abstract names(path: string): string[];
}

export class FolderView extends ImageView {
  private root: Uint8Array;

  constructor(root: Uint8Array) {
    super();
    this.root = root;
  }

  /** A link is there by itself: where it leads is the image's business, and may come later. */
  has(path: string): bool {
    return new FileStatus().ofPath(within(this.root, path), false) >= 0;
  }

  text(path: string): Uint8Array {
    return readFile(within(this.root, path), TEXT_LIMIT).bytes;
  }

  names(path: string): string[] {
    const names = new Array<string>();
    const folder = open(within(this.root, path), O_RDONLY | O_DIRECTORY);
    if (folder < 0) return names;
    const listing = new FolderListing();
    while (listing.read(folder) > 0) while (listing.next()) names.push(printable(listing.name));
    close(folder);
    return names;
  }
}

export class ArchiveView extends ImageView {
  private archive: Archive;

  constructor(archive: Archive) {
    super();
    this.archive = archive;
  }

  has(path: string): bool {
    return this.archive.find(path) != null;
  }

  text(path: string): Uint8Array {
    const node = this.archive.find(path);
    return node == null || node.content.length > TEXT_LIMIT ? EMPTY : node.content;
  }

  names(path: string): string[] {
    const node = this.archive.find(path);
    return node == null ? new Array<string>() : node.names;
  }
}
