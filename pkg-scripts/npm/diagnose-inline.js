import { provide } from "./diagnose-load.js";
import packed from "./diagnose-packed.js";
import { unpacked } from "./unpack.js";

provide(unpacked(packed));
