/** What is said of an initramfs, by settings and on kernel command lines, and what becomes of it in names and units. */
import { concat, equal } from "../../../src/core/bytes/bytes.ts";
import { ascii } from "../../../src/core/bytes/text.ts";
import { deviceUnit, RootDevice } from "../../../src/core/initramfs/root-device.ts";
import { SETTINGS_BYTES, SettingsFile } from "../../../src/core/initramfs/settings-file.ts";
import { shellWord } from "../../../src/core/initramfs/shell-text.ts";
import { unitWord } from "../../../src/core/initramfs/unit-text.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

export class InitramfsSettings extends Target {
  constructor() {
    super("initramfs-settings");
  }

  run(input: Uint8Array, out: Writer): void {
    const file = SettingsFile.parse(input);
    out.text(file.fault);
    out.uint32(file.line as u32);
    expect(file.fault.length == 0 || file.settings.length == 0, "a file with a fault has no settings");
    expect(file.line >= 1 && file.line <= input.length + 1, "a line of the file");
    for (let i = 0; i < file.settings.length; i++) {
      const setting = file.settings[i];
      out.text(setting.name);
      out.string(setting.value);
      out.uint32(setting.line as u32);
      const text = concat(ascii(setting.name + "="), shellWord(setting.value));
      if (text.length > SETTINGS_BYTES) continue;
      const again = SettingsFile.parse(text);
      expect(again.fault.length == 0 && again.settings.length == 1, "a quoted value can be read");
      expect(equal(again.settings[0].value, setting.value), "and is the same");
      isLine(unitWord(setting.value), 4 * setting.value.length + 2);
    }
  }
}

export class RootDevices extends Target {
  constructor() {
    super("root-device");
  }

  run(input: Uint8Array, out: Writer): void {
    const device = RootDevice.of(input);
    const path = device.impatient();
    out.boolean(device.hasTimeout);
    out.string(device.root);
    out.string(path);
    if (path.length == 0) return;
    const unit = deviceUnit(path);
    out.string(unit);
    isLine(unit, 4 * path.length + 7);
    for (let i = 0; i < unit.length; i++) expect(unit[i] != 47 && unit[i] != 32, "the name of a file, and a word");
  }
}

/** One line of printable ASCII. */
function isLine(text: Uint8Array, limit: i32): void {
  expect(text.length <= limit, "no longer than that");
  for (let i = 0; i < text.length; i++) expect(text[i] >= 32 && text[i] < 127, "a line of printable ASCII");
}
