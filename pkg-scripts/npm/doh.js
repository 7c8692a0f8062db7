import "./inline.js";

export { answerLifetime, dohResolver } from "./doh-resolver.js";
