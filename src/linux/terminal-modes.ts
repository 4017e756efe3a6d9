/**
 * Encoded terminal modes, RFC 4254 section 8 (with IUTF8 of RFC 8160), applied to the kernel's struct termios.
 *
 * Modes that Linux doesn't have are skipped, as the RFC wants it.
 */
import { putU32, u32At } from "./layout.ts";
import { Reader } from "../core/wire/reader.ts";

/** struct termios of TCGETS: four words of flags, a line discipline, 19 control characters. */
export const TERMIOS_BYTES: i32 = 36;
const INPUT_FLAGS: u32 = 0;
const OUTPUT_FLAGS: u32 = 4;
const CONTROL_FLAGS: u32 = 8;
const LOCAL_FLAGS: u32 = 12;
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

/** Modes that are flags, three numbers each: the opcode, the word that the flag is in, and its bits. */
const flags: u32[] = [
  30,
  INPUT_FLAGS,
  0o4, // IGNPAR
  31,
  INPUT_FLAGS,
  0o10, // PARMRK
  32,
  INPUT_FLAGS,
  0o20, // INPCK
  33,
  INPUT_FLAGS,
  0o40, // ISTRIP
  34,
  INPUT_FLAGS,
  0o100, // INLCR
  35,
  INPUT_FLAGS,
  0o200, // IGNCR
  36,
  INPUT_FLAGS,
  0o400, // ICRNL
  37,
  INPUT_FLAGS,
  0o1000, // IUCLC
  38,
  INPUT_FLAGS,
  0o2000, // IXON
  39,
  INPUT_FLAGS,
  0o4000, // IXANY
  40,
  INPUT_FLAGS,
  0o10000, // IXOFF
  41,
  INPUT_FLAGS,
  0o20000, // IMAXBEL
  42,
  INPUT_FLAGS,
  0o40000, // IUTF8
  50,
  LOCAL_FLAGS,
  0o1, // ISIG
  51,
  LOCAL_FLAGS,
  0o2, // ICANON
  52,
  LOCAL_FLAGS,
  0o4, // XCASE
  53,
  LOCAL_FLAGS,
  0o10, // ECHO
  54,
  LOCAL_FLAGS,
  0o20, // ECHOE
  55,
  LOCAL_FLAGS,
  0o40, // ECHOK
  56,
  LOCAL_FLAGS,
  0o100, // ECHONL
  57,
  LOCAL_FLAGS,
  0o200, // NOFLSH
  58,
  LOCAL_FLAGS,
  0o400, // TOSTOP
  59,
  LOCAL_FLAGS,
  0o100000, // IEXTEN
  60,
  LOCAL_FLAGS,
  0o1000, // ECHOCTL
  61,
  LOCAL_FLAGS,
  0o4000, // ECHOKE
  62,
  LOCAL_FLAGS,
  0o40000, // PENDIN
  70,
  OUTPUT_FLAGS,
  0o1, // OPOST
  71,
  OUTPUT_FLAGS,
  0o2, // OLCUC
  72,
  OUTPUT_FLAGS,
  0o4, // ONLCR
  73,
  OUTPUT_FLAGS,
  0o10, // OCRNL
  74,
  OUTPUT_FLAGS,
  0o20, // ONOCR
  75,
  OUTPUT_FLAGS,
  0o40, // ONLRET
  92,
  CONTROL_FLAGS,
  0o400, // PARENB
  93,
  CONTROL_FLAGS,
  0o1000, // PARODD
];
const FLAG_NUMBERS: i32 = 3;

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
    for (let i = 0; i < flags.length; i += FLAG_NUMBERS) {
      const bits = flags[i + 2];
      if (flags[i] == (opcode as u32)) setBits(termios, flags[i + 1], bits, value != 0 ? bits : 0);
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

function setBits(termios: Uint8Array, word: u32, mask: u32, bits: u32): void {
  putU32(termios, word as i32, (u32At(termios, word as i32) & ~mask) | bits);
}
