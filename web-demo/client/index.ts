// The client library of Relevo: follows a workspace's lists, gives commands, knows the server's clock.

export { createClient, type Client, type ClientEvents, type ClientOptions } from "./client";
export { ClosedError } from "./commands";
export { type Clock } from "./clock";
export { type ConnectionChange, type ConnectionState } from "./connection";
export { hostEnvironment, type Environment, type Socket, type SocketConstructor } from "./environment";
export { type ConsumerOptions } from "./consumer";
export { type Presence, type PresenceEvents } from "./presence";
export { type Rows, type RowsChange, type RowsEvents } from "./rows";
export { type Thread, type ThreadEvents, type ThreadState } from "./threads";
export {
  WireError,
  type Agent,
  type Command,
  type Counts,
  type Delivery,
  type Entry,
  type List,
  type Outcome,
  type Pause,
  type PauseWish,
  type Person,
  type Refusal,
  type Role,
  type Row,
  type Welcome,
} from "./wire";
