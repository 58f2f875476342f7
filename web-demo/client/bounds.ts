// What the server takes of a command, by its `welcome.limits`: measured before anything is sent, because a
// frame that the server cannot take ends the connection, and with it everybody else's commands.

import { encodeMessage, type WireCommand } from "./wire";

export type Limits = Readonly<Record<string, number>>;

/** A contact's name is not among them: the server cuts it. */
const BOUNDS: Readonly<Record<string, string>> = {
  conversation: "id_bytes",
  channel: "id_bytes",
  agent: "id_bytes",
  epoch: "epoch_bytes",
  body: "body_bytes",
};

const utf8 = new TextEncoder();

/** The first field that the server would not take, by its kind or its length; undefined: it may be sent. */
export function fieldOutOfBounds(command: WireCommand, id: Uint8Array, limits: Limits): string | undefined {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(command);
  for (const [name, value] of fields) {
    if (!travels(value)) return name;
    if (typeof value === "string" && bytesOf(value) > (limits[BOUNDS[name] ?? ""] ?? Infinity)) return name;
  }
  const frame = encodeMessage({ t: "command", id, resend: true, ...command });
  return frame.byteLength > (limits.frame_bytes ?? Infinity) ? longestField(command) : undefined;
}

/**
 * What somebody looks for, as it may travel; undefined: it is empty, or longer than anything that begins so.
 */
export function findable(text: string, limits: Limits): string | undefined {
  const clean = new TextDecoder().decode(utf8.encode(text.replace(/[\u0000-\u001f\u007f]/g, " ")));
  return clean === "" || bytesOf(clean) > (limits.find_bytes ?? Infinity) ? undefined : clean;
}

/** The text that takes up most of a command. */
export function longestField(command: WireCommand): string {
  const lengthOf = (value: unknown) => (typeof value === "string" ? bytesOf(value) : 0);
  const fields = Object.entries(command).sort(([, one], [, other]) => lengthOf(other) - lengthOf(one));
  return fields[0]?.[0] ?? "do";
}

/** There are no floats on the wire, and nothing in a command holds anything else. */
function travels(value: unknown): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value);
  return value == null || typeof value === "string" || typeof value === "boolean";
}

function bytesOf(text: string): number {
  return utf8.encode(text).byteLength;
}
