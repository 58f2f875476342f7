// All that the library needs from where it runs. Time and randomness are arguments, so that tests can hold
// the clock.

/** The part of a WebSocket that is used: a browser's, Node's, or the npm package `ws`. */
export interface Socket {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

export interface Environment {
  openSocket(url: string, protocol: string): Socket;
  /** Milliseconds from some start; never set back, but it may stand still while the machine sleeps. */
  monotonic(): number;
  /** Milliseconds since 1970 as the user's clock has it; may jump. */
  wall(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
  /** From 0 to below 1; spreads the attempts to come back. */
  random(): number;
  randomBytes(size: number): Uint8Array;
  /**
   * Calls back when this is a good moment to look after the connection; the returned function ends it.
   * `isNetworkBack`: what was begun before may never end.
   */
  onWake(callback: (isNetworkBack: boolean) => void): () => void;
}

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The place where the library finds itself, with the given WebSocket or else the global one. */
export function hostEnvironment(constructor?: SocketConstructor): Environment {
  return {
    openSocket(url, protocol) {
      const Constructor = constructor ?? (globalThis.WebSocket as unknown as SocketConstructor | undefined);
      if (Constructor === undefined)
        throw new Error("There is no WebSocket here: give its constructor in the options");
      return new Constructor(url, [protocol]);
    },
    monotonic: () => performance.now(),
    wall: () => Date.now(),
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    randomBytes(size) {
      const crypto = globalThis.crypto as Crypto | undefined;
      if (crypto === undefined)
        throw new Error(
          "There is no crypto here: in Node 18, set globalThis.crypto to webcrypto of node:crypto",
        );
      return crypto.getRandomValues(new Uint8Array(size));
    },
    onWake,
  };
}

/** The network is back, the page comes out of the back/forward cache, or its tab is looked at again. */
function onWake(callback: (isNetworkBack: boolean) => void): () => void {
  const page = globalThis as unknown as Partial<EventSource>;
  const view = (globalThis as { document?: EventSource & { visibilityState: string } }).document;
  if (page.addEventListener === undefined || view === undefined) return () => undefined;

  const whenOnline = () => callback(true);
  const whenShown = () => callback(false);
  const whenVisible = () => {
    if (view.visibilityState === "visible") callback(false);
  };
  page.addEventListener("online", whenOnline);
  page.addEventListener("pageshow", whenShown);
  view.addEventListener("visibilitychange", whenVisible);
  return () => {
    page.removeEventListener?.("online", whenOnline);
    page.removeEventListener?.("pageshow", whenShown);
    view.removeEventListener("visibilitychange", whenVisible);
  };
}
