import "./inline.js";

export { zoneResolver } from "./zone-resolver.js";
