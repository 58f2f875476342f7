// What the page asks of its server without a socket: the demo's people and tokens, which a server started
// with --demo hands out, and whether anybody is there.

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

const ANSWER_MS = 8000; // whoever takes a connection and is silent for so long is not there

/** The server is there, and gives nothing to pages of this address. */
export class RefusedError extends Error {}

/**
 * undefined: this server is not a demo. Rejects where it cannot be reached, does not take this page, or
 * `signal` is aborted.
 */
export async function fetchDemo(signal?: AbortSignal): Promise<Demo | undefined> {
  const response = await fetchSoon("/demo.json", signal);
  if (response.status === 404) return undefined;
  if (response.status === 403) throw new RefusedError("this address is not allowed");
  if (!response.ok) throw new Error(`demo.json: ${response.status}`);
  return (await response.json()) as Demo;
}

/** Picks a token out of a fresh copy: they do not live long. */
export async function fetchDemoToken(
  pick: (demo: Demo) => { token: string } | undefined,
  signal: AbortSignal,
): Promise<string> {
  const demo = await fetchDemo(signal);
  const owner = demo && pick(demo);
  if (owner === undefined) throw new Error("this server does not hand out that token");
  return owner.token;
}

/** How the server that this page came from stands, as far as it can be told without a socket. */
export async function fetchReadiness(): Promise<"ready" | "not_ready" | "unreachable"> {
  try {
    const { status } = await fetchSoon("/readyz");
    if (status === 503) return "not_ready";
    // A proxy may keep this address to itself: somebody is there.
    return status < 500 ? "ready" : "unreachable";
  } catch {
    return "unreachable";
  }
}

async function fetchSoon(path: string, signal?: AbortSignal): Promise<Response> {
  const soon = AbortSignal.timeout(ANSWER_MS);
  return fetch(path, {
    cache: "no-store",
    signal: signal === undefined ? soon : AbortSignal.any([signal, soon]),
  });
}

export function socketUrl(): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`;
}
