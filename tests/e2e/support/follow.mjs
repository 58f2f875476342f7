// What a client keeps of the log (its place as a consumer, and the threads that it has open) and of whom it
// sees: from protocol/PROTOCOL.md alone. What the server promises of these frames it is held to.

export function must(holds, otherwise) {
    if (!holds) throw new Error(otherwise);
}

/** Arrays as they travel, with the names of their columns. */
export function named(columns, rows) {
    return rows.map((row) => {
        must(row.length === columns.length, `${row.length} columns instead of ${columns.length}`);
        return Object.fromEntries(columns.map((column, i) => [column, row[i]]));
    });
}

/** Adds entries, which are those after `from` and up to `to`, in order. */
function append(kept, entries, from, to) {
    for (const entry of entries) {
        must(
            entry.seq > from && entry.seq <= to,
            `entry ${entry.seq}, which is not after ${from} and up to ${to}`,
        );
        from = entry.seq;
        kept.push(entry);
    }
}

/** PROTOCOL.md, "Following the log". */
export class Log {
    place; // all up to here has come
    entries = []; // over all connections; after a reconnect some come again
    losses = []; // [from, to] of what is kept no more

    mark; // its time, or 0

    begin({ seq, mark }) {
        this.place = seq;
        this.mark = mark;
    }

    take({ from, to, mark, too_old: isTooOld }, entries) {
        must(from === this.place, `a log from ${from} at ${this.place}`);
        must(to > from, 'a log that goes nowhere');
        if (isTooOld) {
            must(entries.length === 0, 'entries of what is kept no more');
            this.losses.push([from, to]);
        }
        append(this.entries, entries, from, to);
        const [last] = entries.slice(-1);
        must(last?.seq !== to || last.at === mark, `the mark of ${to} is ${mark}, not the time of its entry`);
        this.place = to;
        this.mark = mark;
    }
}

/** PROTOCOL.md, "thread": by conversation, { entries, to, next, tooOld }. */
export class Threads extends Map {
    take({ conversation, fresh, to, next, too_old: tooOld }, entries) {
        if (fresh) this.set(conversation, { entries: [], to: 0, next, tooOld });
        const thread = this.get(conversation);
        must(thread, `the thread of ${conversation} goes on, but never began`);
        must(to >= thread.to, `the thread of ${conversation} goes back from ${thread.to} to ${to}`);
        for (const { row } of entries)
            must(row.id === conversation, `the thread of ${conversation} has an entry of ${row.id}`);
        append(thread.entries, entries, thread.to, to);
        thread.to = to;
        const erased = thread.entries.findLastIndex(({ action }) => action === 'erase');
        for (const entry of thread.entries.slice(0, Math.max(erased, 0))) entry.body = null;
    }
}

/** PROTOCOL.md, "presence": by agent. */
export class People extends Map {
    told = 0; // in how many frames

    take({ fresh }, people) {
        this.told++;
        if (fresh) this.clear();
        for (const person of people) this.set(person.agent, person);
    }

    /** '-' not there, 'o' online, 'v c' viewing c, 't c' typing in it. */
    look(agent) {
        const { online, conversation, typing } = this.get(agent) ?? {};
        must(!typing || conversation, `${agent} types nowhere`);
        if (!online) return '-';
        return conversation === null ? 'o' : `${typing ? 't' : 'v'} ${conversation}`;
    }
}
