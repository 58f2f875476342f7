// The demo's people and tokens, which a server started with --demo hands out.

export interface Person {
  id: string;
  name: string;
  role: "agent" | "supervisor";
  token: string;
}

export interface Demo {
  workspace: string;
  people: Person[];
  automation: { id: string; token: string };
  channel: { id: string; token: string };
}

/** undefined: this server is not a demo. Rejects where it cannot be reached. */
export async function fetchDemo(): Promise<Demo | undefined> {
  const response = await fetch("/demo.json", { cache: "no-store" });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`demo.json: ${response.status}`);
  return (await response.json()) as Demo;
}

/** Picks a token out of a fresh copy: they do not live long. */
export async function fetchDemoToken(pick: (demo: Demo) => { token: string } | undefined): Promise<string> {
  const demo = await fetchDemo();
  const owner = demo && pick(demo);
  if (owner === undefined) throw new Error("this server does not hand out that token");
  return owner.token;
}

export function socketUrl(): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`;
}
