// The whole client: wires the connection to what it feeds. The state of everything is here to read; events
// say when to look.

import { findable } from "./bounds";
import { createClock, type Clock } from "./clock";
import { createCommands, type CommandOptions } from "./commands";
import { createConsumer, type ConsumerOptions } from "./consumer";
import { createConnection, type ConnectionChange, type ConnectionState } from "./connection";
import { hostEnvironment, type Environment, type SocketConstructor } from "./environment";
import { createEvents, type Events } from "./events";
import { createHeartbeat } from "./heartbeat";
import { createPages } from "./pages";
import { createPresence, type Presence } from "./presence";
import { createRequests } from "./requests";
import { createRows, type Rows } from "./rows";
import { createThreads, type Thread } from "./threads";
import type { Command, Entry, Lineage, Outcome, Place, Row, Store, Sync, Welcome } from "./wire";

export interface ClientOptions {
  /** ws:// or wss://, up to and with the path /ws. */
  url: string;
  /**
   * Gives a valid token. Asked for every attempt to connect, and half a minute before a token expires.
   * `signal` is aborted when the attempt is given up (nothing came in time, the network is back, the client
   * is closed): give it to `fetch`, or requests that a dead path swallowed keep the browser's few connections
   * for themselves.
   */
  token: (signal: AbortSignal) => Promise<string>;
  /** For automation and channels: follow the log. */
  consumer?: ConsumerOptions | undefined;
  /** Where there is no global WebSocket. */
  WebSocket?: SocketConstructor | undefined;
  /** Clock, randomness and sockets, for tests. */
  environment?: Environment | undefined;
}

export interface ClientEvents {
  /** The connection's state changed. */
  connection: ConnectionChange;
  /** The server said who this is, and its settings. Comes before the change to connected. */
  welcome: Welcome;
  /**
   * The database went away (`down`), commits nothing (`stuck`), or is well again. Commands wait meanwhile;
   * rows stand still.
   */
  store: Store;
  /** Everything that the server had to tell has come, or is coming again. */
  caughtUp: boolean;
  /** How many commands have no answer yet. */
  waiting: number;
  /**
   * What was here disagreed with the server at this seq; it starts afresh by itself. Never happens, but for
   * bugs.
   */
  disagreement: number;
}

export interface Client {
  readonly on: Events<ClientEvents>["on"];
  readonly state: ConnectionState;
  /** What the server said last; undefined before the first time. */
  readonly welcome: Welcome | undefined;
  readonly store: Store;
  readonly caughtUp: boolean;
  readonly rows: Rows;
  readonly presence: Presence;
  readonly clock: Clock;
  open(): void;
  /**
   * Resolves with what became of it, however often the connection breaks or the server asks for patience
   * meanwhile. What is beyond the server's limits is refused here, `bad_value` with the field in `detail`.
   * Rejects with UnsettledError only: when the client or the caller's signal gives up, or the server closed
   * because it did not understand what was under way.
   */
  command(command: Command, options?: CommandOptions): Promise<Outcome>;
  /** What a command's `seen` says that has been decided on this entry of the log and all before it. */
  placeOf(entry: Entry): Place;
  /**
   * Brings more of the Completed list into `rows`. Resolves with how many rows were new; 0: there are no
   * older ones.
   */
  loadOlder(): Promise<number>;
  /**
   * What happens in a conversation, from its newest entries on. Close it when nobody looks at it any more.
   */
  watch(conversation: string): Thread;
  /**
   * Conversations whose id or contact's name begins so, whatever list they are in. Rejects where there is no
   * connection.
   */
  find(text: string): Promise<{ rows: readonly Row[]; more: boolean }>;
  close(): void;
}

export function createClient(options: ClientOptions): Client {
  const environment = options.environment ?? hostEnvironment(options.WebSocket);
  const events = createEvents<ClientEvents>();
  const clock = createClock(environment);
  const rows = createRows();
  let welcome: Welcome | undefined;
  let store: Store = "up";
  let caughtUp = false;
  let lineage: Lineage | undefined;

  const connection = createConnection({
    url: options.url,
    token: options.token,
    environment,
    hello: () => ({
      resume:
        welcome !== undefined && rows.seq > 0
          ? { epoch: welcome.epoch, seq: rows.seq, mark: rows.mark }
          : undefined,
      consumer: consumer?.hello(),
    }),
    changed(change) {
      if (change.state === "connected") {
        heartbeat.start();
        commands.opened(welcome?.limits ?? {});
        requests.opened();
        threads.opened();
        presence.opened();
      } else {
        heartbeat.stop();
        commands.lost();
        requests.lost();
        threads.lost();
        presence.lost();
        consumer?.lost();
        setStore("up"); // nobody knows
      }
      events.emit("connection", change);
    },
    welcomed(said) {
      if (!said.resumed || lineage === undefined) lineage = { epoch: said.epoch };
      welcome = said;
      consumer?.welcomed(said);
      rows.goOnFrom(said);
      setStore("up"); // there is no welcome while it is away; if it goes again, the server says so
      setCaughtUp(said.resumed);
      events.emit("welcome", said);
    },
    received(message) {
      heartbeat.heard();
      switch (message.t) {
        case "sync":
          takeSync(message);
          break;
        case "answer":
          if (message.outcome.outcome === "refused" && message.outcome.row) rows.keep([message.outcome.row]);
          commands.answered(message);
          break;
        case "page":
        case "history":
        case "found":
          requests.answered(message);
          break;
        case "refused":
          if (message.conversation === undefined) requests.refused(message);
          else threads.refused(message.conversation, message.retryMs);
          break;
        case "thread":
          threads.said(message);
          break;
        case "presence":
          presence.said(message);
          break;
        case "log":
          if (consumer?.said(message) === false) connection.drop("a frame is missing");
          break;
        case "time":
          heartbeat.answered(message.ref, message.now);
          rows.moveSeq(message.seq, message.mark);
          break;
        case "state":
          setStore(message.store);
          break;
      }
    },
    explained: (code, reason) => commands.closed(code, reason),
    woken: () => heartbeat.ask(),
  });
  const commands = createCommands(
    environment,
    connection.send,
    () => events.emit("waiting", commands.count),
    () => lineage,
  );
  const requests = createRequests(connection.send);
  const pages = createPages(requests);
  const threads = createThreads(requests, connection.send, () => lineage, environment.after);
  const presence = createPresence(environment, connection.send);
  const consumer = options.consumer && createConsumer(environment, connection.send, options.consumer);
  const heartbeat = createHeartbeat(
    environment,
    clock,
    (ref) => connection.send({ t: "time", ref }),
    () => connection.drop("the server does not answer"),
  );

  function takeSync(sync: Sync): void {
    if (sync.fresh) pages.restart();
    const verdict = rows.applySync(sync);
    if (verdict === "disagrees") {
      connection.send({ t: "resync", seq: sync.to, ...rows.held });
      setCaughtUp(false);
      events.emit("disagreement", sync.to);
    } else if (verdict === "gap") {
      connection.drop("a frame is missing");
    } else if (verdict === "applied" && sync.tail !== undefined) {
      setCaughtUp(true);
    }
  }

  function setStore(next: Store): void {
    if (next === store) return;
    store = next;
    events.emit("store", store);
    if (store === "up") commands.retry();
  }

  function setCaughtUp(next: boolean): void {
    if (next === caughtUp) return;
    caughtUp = next;
    events.emit("caughtUp", caughtUp);
  }

  return {
    on: events.on,
    get state() {
      return connection.state;
    },
    get welcome() {
      return welcome;
    },
    get store() {
      return store;
    },
    get caughtUp() {
      return caughtUp;
    },
    rows,
    presence,
    clock,
    open: connection.open,
    command: commands.give,
    placeOf(entry) {
      if (lineage === undefined) throw new Error("No log has been followed yet");
      return { seq: entry.seq, mark: entry.at, lineage };
    },
    async loadOlder() {
      // The first page brings what is here already, and its place to go on from.
      for (;;) {
        if (pages.atEnd) return 0;
        const page = await pages.next();
        const added = rows.keep(page.rows);
        if (added > 0) return added;
      }
    },
    watch: threads.watch,
    async find(text) {
      const wanted = findable(text, welcome?.limits ?? {});
      if (wanted === undefined) return { rows: [], more: false };
      const found = await requests.ask({ t: "find", text: wanted });
      rows.keep(found.rows);
      return found;
    },
    close() {
      consumer?.close();
      connection.close();
      commands.close();
    },
  };
}
