import { render } from "preact";

import { Engine } from "./engine.ts";
import { keepForOffline } from "./offline/register.ts";
import { Session } from "./session.ts";
import { App } from "./view/app.tsx";
import "./style/page.css";

const engine = new Engine();
const root = document.getElementById("app");
if (!root) throw new Error("the page has no element for the app");
render(<App session={new Session(engine)} />, root);
engine.start();
void keepForOffline();
