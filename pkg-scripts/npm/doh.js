import "./inline.js";

export { dohResolver } from "./doh-resolver.js";
