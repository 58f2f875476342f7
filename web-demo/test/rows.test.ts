import assert from "node:assert/strict";
import { test } from "node:test";
import { createRows } from "../client/rows";
import type { Row } from "../client/wire";
import { row, sync, tailOf } from "./support/messages";

function startedRows(...here: Row[]) {
  const rows = createRows();
  assert.equal(rows.applySync(sync(0, 10, here, { fresh: true, tail: tailOf(here) })), "applied");
  return rows;
}

test("of two copies of a row the one with the higher seq stands, whichever comes first", () => {
  const rows = startedRows(row("a", 5));
  rows.keep([row("a", 12, "completed")]);
  assert.equal(rows.applySync(sync(10, 11, [row("a", 11)])), "applied");
  assert.equal(rows.all.get("a")?.seq, 12);
  assert.equal(rows.all.get("a")?.list, "completed");
});

test("an older copy in a page does not bring back a row that has left the lists", () => {
  const rows = startedRows(row("a", 5, "completed"));
  rows.applySync(sync(10, 11, [row("a", 11, "none")], { tail: tailOf([]) }));
  assert.equal(rows.all.has("a"), false);
  assert.equal(rows.keep([row("a", 5, "completed")]), 0);
  assert.equal(rows.all.has("a"), false);
  assert.equal(rows.keep([row("a", 12, "completed")]), 1);
  assert.equal(rows.all.has("a"), true, "a newer one does");
});

test("a fresh start drops everything, and until it comes everything stays", () => {
  const rows = startedRows(row("a", 5), row("b", 6));
  rows.goOnFrom({ seq: 0, mark: 0 });
  assert.deepEqual([...rows.all.keys()], ["a", "b"]);
  assert.equal(rows.seq, 0);
  const changes: boolean[] = [];
  rows.on("rows", ({ fresh }) => changes.push(fresh));
  assert.equal(rows.applySync(sync(0, 0, [row("b", 3)], { fresh: true })), "applied");
  assert.deepEqual([...rows.all.keys()], ["b"]);
  assert.equal(rows.all.get("b")?.seq, 3, "another epoch's seqs say nothing about ours");
  assert.equal(
    rows.applySync(sync(0, 7, [row("c", 7)], { tail: tailOf([row("b", 3), row("c", 7)]) })),
    "applied",
  );
  assert.equal(rows.seq, 7);
  assert.deepEqual(changes, [true, false]);
});

test("an empty workspace is a fresh start too", () => {
  const rows = startedRows(row("a", 5));
  let told = 0;
  rows.on("rows", () => (told += 1));
  assert.equal(rows.applySync(sync(0, 0, [], { fresh: true, tail: tailOf([]) })), "applied");
  assert.equal(rows.all.size, 0);
  assert.equal(told, 1);
});

test("a disagreement is told once, and nothing is taken in until the fresh start", () => {
  const rows = startedRows(row("a", 5));
  assert.equal(rows.applySync(sync(10, 11, [], { tail: { open: 1, completed: 0, digest: 1 } })), "disagrees");
  assert.equal(
    rows.applySync(sync(11, 13, [row("a", 13)], { tail: { open: 1, completed: 0, digest: 1 } })),
    "ignored",
  );
  rows.moveSeq(13, 1300);
  assert.equal(rows.all.get("a")?.seq, 5);
  assert.equal(rows.seq, 0, "there is nothing to resume from, should the connection break now");
  assert.equal(
    rows.applySync(sync(0, 13, [row("a", 13)], { fresh: true, tail: tailOf([row("a", 13)]) })),
    "applied",
  );
});

test("what concerned nobody here moves the place, and never back", () => {
  const rows = startedRows(row("a", 5));
  rows.moveSeq(14, 1400);
  rows.moveSeq(12, 1200);
  assert.deepEqual([rows.seq, rows.mark], [14, 1400]);
  assert.equal(
    rows.applySync(sync(10, 21, [row("b", 21)])),
    "applied",
    "a frame goes on where the one before it ended",
  );
  assert.equal(rows.seq, 21);
});

test("a frame that does not go on where the one before it ended shows that one has been lost", () => {
  const rows = startedRows(row("a", 5));
  assert.equal(rows.applySync(sync(11, 12, [row("a", 12)])), "gap");
  assert.deepEqual([rows.seq, rows.all.get("a")?.seq], [10, 5], "it comes back from where it was");
  rows.goOnFrom({ seq: 10, mark: 1000 });
  assert.equal(rows.applySync(sync(10, 12, [row("a", 12)])), "applied");
});

test("a wrong digest and a wrong count are noticed", () => {
  const good = tailOf([row("a", 11)]);
  assert.equal(startedRows().applySync(sync(10, 11, [row("a", 11)], { tail: good })), "applied");
  assert.equal(
    startedRows().applySync(sync(10, 11, [row("a", 11)], { tail: { ...good, digest: 7 } })),
    "disagrees",
  );
  assert.equal(
    startedRows().applySync(sync(10, 11, [row("a", 11)], { tail: { ...good, open: 2 } })),
    "disagrees",
  );
});

test("a row that came ahead with an answer puts the check off until the stream has caught up", () => {
  const rows = startedRows(row("a", 5));
  rows.keep([row("a", 12, "completed")]);
  assert.equal(
    rows.applySync(sync(10, 11, [row("b", 11)], { tail: tailOf([row("a", 5), row("b", 11)]) })),
    "applied",
  );
  const now = [row("a", 12, "completed"), row("b", 11)];
  assert.equal(rows.applySync(sync(11, 12, [row("a", 12, "completed")], { tail: tailOf(now) })), "applied");
  assert.equal(
    rows.applySync(sync(12, 13, [], { tail: tailOf([]) })),
    "disagrees",
    "and then it is made again",
  );
});

test("the counts are the server's, of more than is here", () => {
  const rows = startedRows();
  const told: unknown[] = [];
  rows.on("counts", (counts) => told.push(counts));
  rows.applySync(sync(10, 11, [row("a", 11, "completed")], { tail: { open: 0, completed: 120, digest: 0 } }));
  rows.applySync(sync(11, 12, [], { tail: { open: 0, completed: 120, digest: 0 } }));
  assert.deepEqual(told, [{ open: 0, completed: 120 }]);
  assert.deepEqual(rows.counts, { open: 0, completed: 120 });
});

test("agents are kept by id and come anew with a fresh start", () => {
  const rows = startedRows();
  rows.applySync(sync(10, 11, [], { agents: [{ id: "eva", name: "Eva", role: "agent" }] }));
  rows.applySync(sync(11, 12, [], { agents: [{ id: "eva", name: "Eva María", role: "supervisor" }] }));
  assert.equal(rows.agents.get("eva")?.name, "Eva María");
  rows.applySync(sync(0, 12, [], { fresh: true }));
  assert.equal(rows.agents.size, 0);
});

test("whatever way the changes are cut up, and whatever pages come between, the client ends like the server", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = createRandom(seed);
    const server = new Map<string, Row>();
    const old: Row[] = []; // copies that a slow page may still bring
    const rows = createRows();
    let seq = 0;
    let cursor = 0;
    rows.applySync(sync(0, 0, [], { fresh: true, tail: tailOf([]) }));

    for (let step = 0; step < 200; step += 1) {
      const roll = random(10);
      if (roll < 5) {
        seq += 1;
        const next = row(`c${random(12)}`, seq, (["none", "open", "open", "completed"] as const)[random(4)]);
        server.set(next.id, next);
        if (next.list === "completed") old.push(next);
      } else if (roll < 8 && cursor < seq) {
        const to = random(2) === 0 ? seq : cursor + 1 + random(seq - cursor);
        // Rows stand as they are now, which may be beyond `to`: then they are sent again.
        const changed = [...server.values()].filter(
          (one) => one.seq > cursor && (one.seq <= to || random(2) === 0),
        );
        const verdict = rows.applySync(
          sync(cursor, to, changed, to === seq ? { tail: tailOf(server.values()) } : {}),
        );
        assert.equal(verdict, "applied", `seed ${seed}, step ${step}`);
        cursor = to;
      } else if (old.length > 0) {
        const copy = old[random(old.length)];
        // A page is laid over with what the server holds, but it may be slow to arrive; it never tells of
        // what is not here yet.
        if (copy !== undefined && (server.get(copy.id)?.seq ?? 0) <= cursor) rows.keep([copy]);
      }
    }
    rows.applySync(
      sync(
        cursor,
        seq,
        [...server.values()].filter((one) => one.seq > cursor),
        { tail: tailOf(server.values()) },
      ),
    );
    const listed = [...server.values()].filter((one) => one.list !== "none");
    assert.deepEqual(new Map(rows.all), new Map(listed.map((one) => [one.id, one])), `seed ${seed}`);
  }
});

function createRandom(seed: number): (below: number) => number {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}
