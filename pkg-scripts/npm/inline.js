import { provide } from "./load.js";
import { unpacked } from "./unpack.js";
import packed, { size } from "./waxseal-packed.js";

provide(unpacked(packed, size));
