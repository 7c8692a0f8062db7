import "./diagnose-inline.js";

export { diagnose } from "./diagnoser.js";
