// Signs in and shows the desk. The address says who: /?agent=ana; without it, the demo's people are offered.

import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { createClient } from "../client";
import { Banner, Bar } from "./bar";
import { isolated } from "./bidi";
import { Card } from "./card";
import { fetchDemo, fetchDemoToken, RefusedError, socketUrl, type Demo } from "./demo";
import { createDesk, type Desk } from "./desk";
import { Lists } from "./lists";
import { Notices } from "./notices-view";
import { People, TokenForm, Waiting } from "./sign-in";
import { isSimulatorShown, Simulator, SimulatorToggle } from "./simulator";

type View =
  | { kind: "waiting"; isRefused: boolean }
  | { kind: "people"; demo: Demo; unknown: string | undefined }
  | { kind: "token"; wasBad: boolean }
  | { kind: "desk"; desk: Desk; demo: Demo | undefined };

const TOKEN_KEPT_AS = "relevo.token";
const RETRY_MS = 2000;

const view = signal<View>({ kind: "waiting", isRefused: false });

async function start(): Promise<void> {
  let demo;
  try {
    demo = await fetchDemo();
  } catch (error) {
    view.value = { kind: "waiting", isRefused: error instanceof RefusedError };
    setTimeout(() => void start(), RETRY_MS);
    return;
  }
  if (demo === undefined) startWithToken();
  else startDemo(demo);
}

function startDemo(demo: Demo): void {
  const agent = new URLSearchParams(location.search).get("agent") ?? undefined;
  if (agent === undefined || !demo.people.some(({ id }) => id === agent)) {
    view.value = { kind: "people", demo, unknown: agent };
    return;
  }
  showDesk((signal) => fetchDemoToken(({ people }) => people.find(({ id }) => id === agent), signal), demo);
}

function startWithToken(): void {
  const token = sessionStorage.getItem(TOKEN_KEPT_AS);
  if (token === null) {
    view.value = { kind: "token", wasBad: false };
    return;
  }
  const desk = showDesk(() => Promise.resolve(token), undefined);
  desk.client.on("connection", ({ code }) => {
    if (code !== BAD_TOKEN && code !== TOKEN_EXPIRED) return;
    sessionStorage.removeItem(TOKEN_KEPT_AS);
    desk.stop();
    view.value = { kind: "token", wasBad: true };
  });
}

const BAD_TOKEN = 4001;
const TOKEN_EXPIRED = 4100;

function showDesk(token: (signal: AbortSignal) => Promise<string>, demo: Demo | undefined): Desk {
  const client = createClient({ url: socketUrl(), token });
  const desk = createDesk(client);
  view.value = { kind: "desk", desk, demo };
  client.open();
  effect(() => {
    const { name } = desk.me.value;
    const { open } = desk.counts.value;
    document.title = `${open > 0 ? `(${open}) ` : ""}Relevo${name === "" ? "" : ` · ${isolated(name)}`}`;
  });
  return desk;
}

function leave(): void {
  sessionStorage.removeItem(TOKEN_KEPT_AS);
  location.assign("/");
}

function App() {
  const now = view.value;
  switch (now.kind) {
    case "waiting":
      return <Waiting isRefused={now.isRefused} />;
    case "people":
      return <People demo={now.demo} unknown={now.unknown} />;
    case "token":
      return (
        <TokenForm
          wasBad={now.wasBad}
          onToken={(token) => {
            sessionStorage.setItem(TOKEN_KEPT_AS, token);
            startWithToken();
          }}
        />
      );
    case "desk":
      return <DeskView desk={now.desk} demo={now.demo} />;
  }
}

function DeskView({ desk, demo }: { desk: Desk; demo: Demo | undefined }) {
  const classes = [
    "desk",
    desk.selected.value && "has-selection",
    demo && isSimulatorShown.value && "has-simulator",
  ];
  return (
    <div class={classes.filter(Boolean).join(" ")}>
      <Bar desk={desk} onLeave={leave}>
        {demo && <SimulatorToggle />}
      </Bar>
      <Banner desk={desk} />
      <main>
        <Lists desk={desk} />
        <Card desk={desk} />
        {demo && <Simulator desk={desk} channelId={demo.channel.id} />}
      </main>
      <Notices desk={desk} />
    </div>
  );
}

render(<App />, document.getElementById("app") as HTMLElement);
void start();
