// The client library of Relevo: follows a workspace's lists, gives commands, knows the server's clock.

export { createClient, type Client, type ClientEvents, type ClientOptions } from "./client";
export { UnsettledError, type CommandOptions } from "./commands";
export { type Clock } from "./clock";
export { type ConnectionChange, type ConnectionState } from "./connection";
export { hostEnvironment, type Environment, type Socket, type SocketConstructor } from "./environment";
export { type ConsumerOptions } from "./consumer";
export { type Presence, type PresenceEvents } from "./presence";
export { RequestRefusedError } from "./requests";
export { type Rows, type RowsChange, type RowsEvents } from "./rows";
export { type Thread, type ThreadEvents, type ThreadState } from "./threads";
export { WireError } from "./reader";
export type {
  Action,
  Agent,
  Command,
  Counts,
  Delivery,
  Entry,
  Lineage,
  List,
  Outcome,
  Pause,
  PauseWish,
  Person,
  Place,
  Refusal,
  Role,
  Row,
  Seen,
  Store,
  Welcome,
} from "./wire";
