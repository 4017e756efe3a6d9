/** The fuzzer and its targets, over src/core with counters in it: to be imported before anything of src/core is. */
import "./coverage.ts";

const { Fuzzer } = await import("./fuzzer.ts");
const { targets } = await import("./targets.ts");
const { Planted } = await import("./target/planted.ts");

export { Fuzzer, Planted, targets };
