// What a command says of what its author has seen: a seq, and where that is one of another log than this
// connection's, in which.

import type { Command, Lineage, Place, Seen, WireCommand } from "./wire";

/**
 * As soon as it is given: a bare number is one of the log that is followed now. Its mark is not known, and no
 * transition has 0.
 */
export function placed(command: Command, lineage: Lineage | undefined): Command {
  if (!("seen" in command) || typeof command.seen !== "number" || lineage === undefined) return command;
  return { ...command, seen: { seq: command.seen, mark: NO_MARK, lineage } };
}

const NO_MARK = 0;

/** As it travels on a connection that follows `lineage`. */
export function travelling(command: Command, lineage: Lineage | undefined): WireCommand {
  if (!("seen" in command) || !isPlace(command.seen)) return command as WireCommand;
  const { seq, mark, lineage: own } = command.seen;
  return { ...command, seen: seq, ...(own !== lineage && { epoch: own.epoch, mark }) };
}

function isPlace(seen: Seen | undefined): seen is Place {
  return typeof seen === "object";
}
