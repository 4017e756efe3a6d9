/**
 * Encoded terminal modes, RFC 4254 section 8 (with IUTF8 of RFC 8160), applied to the kernel's struct termios.
 *
 * Modes that Linux doesn't have are skipped, as the RFC wants it.
 */
import { putU32, u32At } from "./layout.ts";
import { Reader } from "../core/wire/reader.ts";

/** struct termios of TCGETS: four words of flags, a line discipline, 19 control characters. */
export const TERMIOS_BYTES: i32 = 36;
const INPUT_FLAGS: i32 = 0;
const OUTPUT_FLAGS: i32 = 4;
const CONTROL_FLAGS: i32 = 8;
const LOCAL_FLAGS: i32 = 12;
const CHARACTERS: i32 = 17;

const TTY_OP_END: u8 = 0;
const TTY_OP_ISPEED: u8 = 128;
const TTY_OP_OSPEED: u8 = 129;
/** From here on nothing is defined, and the modes end. */
const TTY_OP_UNDEFINED: u8 = 160;
/** A control character that is switched off, on the wire. */
const DISABLED: u32 = 255;

/** Opcodes 1 to 18 are control characters; their places in c_cc, or -1 for those that Linux lacks. */
const characterPlaces: i32[] = [0, 1, 2, 3, 4, 11, 16, 8, 9, 10, -1, 12, 14, 15, -1, 7, -1, 13];

/** One mode that is a flag: its opcode, the word that it is in, and its bits. */
class Flag {
  opcode: u8;
  word: i32;
  bits: u32;

  constructor(opcode: u8, word: i32, bits: u32) {
    this.opcode = opcode;
    this.word = word;
    this.bits = bits;
  }
}

const flags: Flag[] = [
  new Flag(30, INPUT_FLAGS, 0o4), // IGNPAR
  new Flag(31, INPUT_FLAGS, 0o10), // PARMRK
  new Flag(32, INPUT_FLAGS, 0o20), // INPCK
  new Flag(33, INPUT_FLAGS, 0o40), // ISTRIP
  new Flag(34, INPUT_FLAGS, 0o100), // INLCR
  new Flag(35, INPUT_FLAGS, 0o200), // IGNCR
  new Flag(36, INPUT_FLAGS, 0o400), // ICRNL
  new Flag(37, INPUT_FLAGS, 0o1000), // IUCLC
  new Flag(38, INPUT_FLAGS, 0o2000), // IXON
  new Flag(39, INPUT_FLAGS, 0o4000), // IXANY
  new Flag(40, INPUT_FLAGS, 0o10000), // IXOFF
  new Flag(41, INPUT_FLAGS, 0o20000), // IMAXBEL
  new Flag(42, INPUT_FLAGS, 0o40000), // IUTF8
  new Flag(50, LOCAL_FLAGS, 0o1), // ISIG
  new Flag(51, LOCAL_FLAGS, 0o2), // ICANON
  new Flag(52, LOCAL_FLAGS, 0o4), // XCASE
  new Flag(53, LOCAL_FLAGS, 0o10), // ECHO
  new Flag(54, LOCAL_FLAGS, 0o20), // ECHOE
  new Flag(55, LOCAL_FLAGS, 0o40), // ECHOK
  new Flag(56, LOCAL_FLAGS, 0o100), // ECHONL
  new Flag(57, LOCAL_FLAGS, 0o200), // NOFLSH
  new Flag(58, LOCAL_FLAGS, 0o400), // TOSTOP
  new Flag(59, LOCAL_FLAGS, 0o100000), // IEXTEN
  new Flag(60, LOCAL_FLAGS, 0o1000), // ECHOCTL
  new Flag(61, LOCAL_FLAGS, 0o4000), // ECHOKE
  new Flag(62, LOCAL_FLAGS, 0o40000), // PENDIN
  new Flag(70, OUTPUT_FLAGS, 0o1), // OPOST
  new Flag(71, OUTPUT_FLAGS, 0o2), // OLCUC
  new Flag(72, OUTPUT_FLAGS, 0o4), // ONLCR
  new Flag(73, OUTPUT_FLAGS, 0o10), // OCRNL
  new Flag(74, OUTPUT_FLAGS, 0o20), // ONOCR
  new Flag(75, OUTPUT_FLAGS, 0o40), // ONLRET
  new Flag(92, CONTROL_FLAGS, 0o400), // PARENB
  new Flag(93, CONTROL_FLAGS, 0o1000), // PARODD
];

const CS7: u8 = 90;
const CS8: u8 = 91;
const CSIZE: u32 = 0o60;
const CSIZE_7: u32 = 0o40;
const CSIZE_8: u32 = 0o60;

/** Speeds in bits per second; the code is the index, above 15 with CBAUDEX and counted from 1 again. */
const speeds: u32[] = [
  0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800,
  500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
];
const CBAUD: u32 = 0o10017;
const CBAUDEX: u32 = 0o10000;
/** The input speed lies this many bits above the output speed. */
const IBSHIFT: u32 = 16;

/** Changes `termios` as `modes` say. Modes that are cut short end there. */
export function applyModes(termios: Uint8Array, modes: Uint8Array): void {
  const reader = new Reader(modes);
  while (reader.left() > 0) {
    const opcode = reader.byte();
    if (opcode == TTY_OP_END || opcode >= TTY_OP_UNDEFINED) return;
    const value = reader.uint32();
    if (reader.bad) return;
    applyMode(termios, opcode, value);
  }
}

function applyMode(termios: Uint8Array, opcode: u8, value: u32): void {
  if (opcode <= (characterPlaces.length as u8)) {
    const place = characterPlaces[(opcode as i32) - 1];
    if (place >= 0) termios[CHARACTERS + place] = value == DISABLED ? 0 : ((value & 255) as u8);
  } else if (opcode == TTY_OP_ISPEED) {
    setSpeed(termios, value, IBSHIFT);
  } else if (opcode == TTY_OP_OSPEED) {
    setSpeed(termios, value, 0);
  } else if (opcode == CS7 && value != 0) {
    setBits(termios, CONTROL_FLAGS, CSIZE, CSIZE_7);
  } else if (opcode == CS8 && value != 0) {
    setBits(termios, CONTROL_FLAGS, CSIZE, CSIZE_8);
  } else {
    for (let i = 0; i < flags.length; i++) {
      const flag = flags[i];
      if (flag.opcode == opcode) setBits(termios, flag.word, flag.bits, value != 0 ? flag.bits : 0);
    }
  }
}

/** A speed that the kernel has no code for changes nothing. */
function setSpeed(termios: Uint8Array, speed: u32, shift: u32): void {
  const index = speeds.indexOf(speed);
  if (index < 0) return;
  const code = index < 16 ? (index as u32) : CBAUDEX | ((index - 15) as u32);
  setBits(termios, CONTROL_FLAGS, CBAUD << shift, code << shift);
}

function setBits(termios: Uint8Array, word: i32, mask: u32, bits: u32): void {
  putU32(termios, word, (u32At(termios, word) & ~mask) | bits);
}
