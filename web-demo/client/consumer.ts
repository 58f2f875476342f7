// A place in the log, for automation and channels: every transition in order, at least once, acknowledged
// when it has been dealt with (PROTOCOL.md, "Following the log").

import type { Environment } from "./environment";
import type { ClientMessage, Entry, Log, Welcome } from "./wire";

const ACK_MS = 250; // acknowledgements are gathered so long
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 10_000;

export interface ConsumerOptions {
  /**
   * The place is kept under it. One connection for each name: the newest ends the one before, which does not
   * come back.
   */
  name: string;
  /** Where to begin, whatever has been acknowledged. */
  after?: number | undefined;
  /**
   * The mark of `after`: the time (`at`) of the transition with that seq; 0 of the beginning. Needed where
   * `after` is.
   */
  mark?: number | undefined;
  /**
   * Deals with one transition; the next one comes when it has resolved. What has been dealt with for good is
   * acknowledged, and does not come again. If it rejects, it is called again with the same one, later. After
   * a reconnect, or in another process, it may be called again for what it has dealt with already: `seq`
   * tells.
   */
  take(entry: Entry): Promise<void> | void;
  /** What happened after `from` up to `to` is kept no more, and will not come. */
  missed?(from: number, to: number): void;
}

export interface Consumer {
  /** What to say in hello. */
  hello(): { name: string; after?: number | undefined; mark?: number | undefined };
  welcomed(welcome: Welcome): void;
  /** False: it does not go on where the one before ended, which has been lost. */
  said(log: Log): boolean;
  lost(): void;
  /** Acknowledges what is to be, and takes nothing more. */
  close(): void;
}

export function createConsumer(
  environment: Pick<Environment, "after">,
  send: (message: ClientMessage) => void,
  options: ConsumerOptions,
): Consumer {
  let epoch: string | undefined; // of the last welcome
  let place = 0; // everything up to it has been dealt with
  let mark = 0; // its mark, where it is known
  let sent = 0; // and up to it this connection has brought everything: no more may be acknowledged
  let acked = 0;
  let frames: Log[] = [];
  let run = 0; // one log's frames, until they are all dealt with; another number: stop
  let isRunning = false;
  let cancelAck: (() => void) | undefined;
  let cancelWait = () => {};

  function acknowledge(): void {
    cancelAck?.();
    cancelAck = undefined;
    const seq = Math.min(place, sent);
    if (seq <= acked) return;
    acked = seq;
    send({ t: "acked", seq });
  }

  function reach(seq: number, itsMark: number): void {
    if (seq > place) {
      place = seq;
      mark = itsMark;
    }
    cancelAck ??= environment.after(ACK_MS, acknowledge);
  }

  /** Until it has been dealt with, or it is no longer wanted. */
  async function dealWith(entry: Entry, mine: number): Promise<void> {
    for (let wait = RETRY_MIN_MS; mine === run; wait = Math.min(wait * 2, RETRY_MAX_MS)) {
      try {
        await options.take(entry);
        return;
      } catch {
        await new Promise<void>((resolve) => {
          const cancel = environment.after(wait, resolve);
          cancelWait = () => {
            cancel();
            resolve();
          };
        });
      }
    }
  }

  async function work(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    const mine = run;
    for (let frame = frames.shift(); frame !== undefined; frame = frames.shift()) {
      if (frame.tooOld && frame.to > place) options.missed?.(Math.max(frame.from, place), frame.to);
      for (const entry of frame.entries) {
        if (entry.seq <= place) continue;
        await dealWith(entry, mine);
        if (mine !== run) break;
        reach(entry.seq, entry.at);
      }
      if (mine !== run) break;
      reach(frame.to, frame.mark);
    }
    isRunning = false;
    if (mine !== run && frames.length > 0) void work();
  }

  function stop(): void {
    run += 1;
    frames = [];
    cancelWait();
  }

  return {
    hello() {
      if (epoch === undefined) return { name: options.name, after: options.after, mark: options.mark };
      // Said with its mark, so that a log that has become another one is noticed, though all numbers come
      // again.
      return place === 0 || mark !== 0 ? { name: options.name, after: place, mark } : { name: options.name };
    },
    welcomed(welcome) {
      // Its numbers may be those of something else, also under the same epoch: a database has been restored.
      if (welcome.epoch !== epoch || !welcome.resumed) {
        stop();
        place = welcome.seq;
        mark = welcome.mark;
      }
      epoch = welcome.epoch;
      sent = acked = welcome.seq;
      if (welcome.seq > place) {
        place = welcome.seq;
        mark = welcome.mark;
      }
    },
    said(log) {
      if (log.from !== sent) return false;
      sent = log.to;
      frames.push(log);
      void work();
      // What comes a second time need not be dealt with, but must be acknowledged.
      if (place > acked) reach(place, mark);
      return true;
    },
    lost() {
      // What has come and not been dealt with comes again.
      frames = [];
      cancelAck?.();
      cancelAck = undefined;
    },
    close() {
      acknowledge();
      stop();
      cancelAck?.();
      cancelAck = undefined;
    },
  };
}
