import * as glue from "./diagnose-glue.js";
import { starter } from "./starter.js";

/** The module of diagnoses: a verifier of its own, and what looks for causes. */
export const { provide, load } = starter(
  glue,
  'import "waxseal/diagnose", or call `init` of "waxseal/diagnose-slim" before',
);
