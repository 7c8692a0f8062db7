import { provide } from "./diagnose-load.js";
import packed, { size } from "./diagnose-packed.js";
import { unpacked } from "./unpack.js";

provide(unpacked(packed, size));
