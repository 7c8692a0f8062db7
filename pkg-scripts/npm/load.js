import * as glue from "./waxseal-glue.js";
import { starter } from "./starter.js";

/** The module of everything but diagnoses. */
export const { provide, load, loadNow } = starter(
  glue,
  'import "waxseal", or call `init` of "waxseal/slim" before',
);
