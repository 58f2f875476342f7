// A client written from protocol/PROTOCOL.md alone, on a WebSocket and a msgpack library that are not ours.
// It keeps the rows that it is told and holds the server to what the page promises of every frame: the first
// breach fails whatever waits next.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode } from '@msgpack/msgpack';
import WebSocket from 'ws';
import { Log, must, named, People, Threads } from './follow.mjs';

const PATIENCE_MS = 30_000; // for anything to happen at all; never a measure of how fast it happens

/** PROTOCOL.md, "Self-check": one conversation's part of the digest. */
export function digestPart(id, seq) {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(seq));
    let hash = 2166136261;
    for (const byte of Buffer.concat([Buffer.from(id), number]))
        hash = Math.imul(hash ^ byte, 16777619) >>> 0;
    return hash;
}

const TEMPORARY = new Set(['busy', 'too_many', 'unavailable', 'too_fast', 'workspace_full']);

/** Whether the command need not be given again. */
const isSettled = ({ outcome, reason }) => outcome !== 'unknown' && !TEMPORARY.has(reason);

/** Whoever sends a message and does not say what he has seen, does not care. */
function commandOf(id, action, conversation, fields) {
    const careless = action === 'send_message' ? { seen: 'any' } : {};
    return { t: 'command', id, do: action, conversation, ...careless, ...fields };
}

export const OPEN = 1;
export const COMPLETED = 2;

export class Client {
    frames = []; // all that came, in order
    rows = new Map(); // by id, columns by name
    agents = new Map();
    seq = 0; // it has everything up to it,
    seqMark = 0; // whose mark this is
    log = new Log(); // of a consumer
    threads = new Threads();
    people = new People();
    welcome;
    state; // of the store, where the server has said it
    bye;
    closed; // { code, reason }
    largest = 0; // of all that came, in bytes
    refused; // { status, body } where the upgrade was answered otherwise

    #socket;
    #newest = 0;
    #lastTo = 0; // of the last sync, or where a welcome since began
    #fault;
    // By id: the command, on which socket it was sent last, and who waits for its answer.
    #unanswered = new Map();
    #requests = new Map(); // by ref: who waits for the page or the time
    #lastRef = 0;
    #waiting = new Set();

    constructor(url, options = {}) {
        this.url = url;
        this.options = options;
    }

    /**
     * Connects, and says hello where there is a token; from where it was, or `resume`, and perhaps as a
     * consumer. Resolves when the socket is open.
     */
    async connect({ resume = this.#place(), consumer = this.options.consumer } = {}) {
        const { token, protocols = ['relevo.v1'], consumer: _, ...options } = this.options;
        this.closed = this.bye = this.welcome = this.state = undefined;
        this.#newest = 0;
        this.resumed = resume;
        const socket = new WebSocket(this.url, protocols, { perMessageDeflate: false, ...options });
        this.#socket = socket;
        socket.binaryType = 'nodebuffer';
        await new Promise((resolve) => {
            socket.once('open', resolve);
            socket.once('close', resolve);
            socket.on('error', () => {}); // a close follows
            socket.once('unexpected-response', (_, response) => {
                let body = '';
                response.on('data', (chunk) => (body += chunk));
                response.on('end', () => {
                    this.refused = { status: response.statusCode, body };
                    this.closed = { code: 1006, reason: '' };
                    resolve();
                });
            });
            socket.on('close', (code, reason) => {
                if (socket !== this.#socket) return;
                this.closed = { code, reason: reason.toString() };
                this.#news();
            });
            socket.on('message', (data, isBinary) => {
                if (socket === this.#socket) this.#receive(data, isBinary);
            });
        });
        if (token !== undefined && !this.closed) this.send({ t: 'hello', token, resume, consumer });
        return this;
    }

    /** Connects, is welcomed and, a dashboard, has caught up; then sends (again) what has no answer. */
    async join(options) {
        await this.connect(options);
        await this.until(() => this.welcome, 'welcome');
        await this.untilCaughtUp();
        for (const given of this.#unanswered.values()) this.#sendCommand(given);
        return this;
    }

    #place() {
        return this.seq > 0 ? { epoch: this.epoch, seq: this.seq, mark: this.seqMark } : undefined;
    }

    get epoch() {
        return this.frames.findLast((frame) => frame.t === 'welcome')?.epoch;
    }

    get isDashboard() {
        return ['agent', 'supervisor'].includes(this.welcome?.agent.role);
    }

    get open() {
        return [...this.rows.values()].filter((row) => row.list === OPEN);
    }

    get completed() {
        return [...this.rows.values()]
            .filter((row) => row.list === COMPLETED)
            .sort((a, b) => b.list_seq - a.list_seq);
    }

    /** What was received since: `const since = client.mark(); … since()`. */
    mark() {
        const from = this.frames.length;
        return () => this.frames.slice(from);
    }

    // --- Saying --------------------------------------------------------------------------------------------

    send(message) {
        this.sendBytes(encode(message, { ignoreUndefined: true }));
    }

    /** In one packet, so that the server has read all of them before it answers the first. */
    sendTogether(messages) {
        this.#socket._socket.cork();
        for (const message of messages) this.send(message);
        this.#socket._socket.uncork();
    }

    sendBytes(bytes, options = { binary: true }) {
        this.#socket.send(bytes, options);
    }

    /** Bytes that no WebSocket library would send. */
    sendRaw(bytes) {
        this.#socket._socket.write(bytes);
    }

    /** Gives a command, at once or when it is connected; resolves to its answer, be it after a reconnect. */
    command(action, conversation, fields) {
        return this.commandAs(randomBytes(16), action, conversation, fields);
    }

    commandAs(id, action, conversation, fields) {
        return this.#give(commandOf(id, action, conversation, fields));
    }

    #give(message) {
        const given = { message };
        const answer = new Promise((resolve, reject) => (given.settle = [resolve, reject]));
        this.#unanswered.set(hex(message.id), given);
        if (this.welcome && !this.closed) this.#sendCommand(given);
        const answered = this.#inTime(answer, `the answer to ${message.do} ${message.conversation}`);
        answered.catch(() => {}); // told to whoever awaits it, else to nobody
        return answered;
    }

    /** Not twice on one connection. */
    #sendCommand(given) {
        if (given.socket === this.#socket) return;
        if (given.socket) given.message.resend = true; // a copy may have arrived
        given.socket = this.#socket;
        this.send(given.message);
    }

    /**
     * Gives a command until it is settled: again, once that is allowed, while it is refused for a temporary
     * reason or its outcome is unknown.
     */
    settles(action, conversation, fields) {
        return this.settlesAs(randomBytes(16), action, conversation, fields);
    }

    async settlesAs(id, action, conversation, fields) {
        const message = commandOf(id, action, conversation, fields);
        for (;;) {
            const answer = await this.#give(message);
            if (isSettled(answer)) return answer;
            if (answer.outcome === 'unknown') message.resend = true;
            await sleep(answer.retry_ms ?? 0);
        }
    }

    /** Gives a command that must be carried out. */
    async does(action, conversation, fields) {
        const answer = await this.settles(action, conversation, fields);
        if (answer.outcome !== 'done') throw new Error(`${action} ${conversation}: ${print(answer)}`);
        return answer;
    }

    page(fields = {}) {
        return this.#request('page', fields);
    }

    time(fields = {}) {
        return this.#request('time', fields);
    }

    /** Opens a thread; resolves to it when it has begun. */
    watch(conversation, fields = {}) {
        return this.#request('watch', { conversation, ...fields }).then(() => this.threads.get(conversation));
    }

    unwatch(conversation) {
        this.send({ t: 'unwatch', conversation });
    }

    history(conversation, fields = {}) {
        return this.#request('history', { conversation, ...fields });
    }

    find(text, fields = {}) {
        return this.#request('find', { text, ...fields });
    }

    /** What the agent has in front of him: `shows('c', { typing: true })`; nothing: `shows()`. */
    shows(conversation, fields = {}) {
        this.send({ t: 'presence', conversation, ...fields });
    }

    /** A consumer has dealt with all that came, or with what came up to `seq`. */
    acknowledge(seq = this.log.place) {
        this.send({ t: 'acked', seq });
    }

    #request(t, fields) {
        const ref = ++this.#lastRef;
        const answer = new Promise((resolve) => this.#requests.set(ref, resolve));
        this.send({ t, ref, ...fields });
        return this.#inTime(answer, `the answer to ${t}`);
    }

    // --- Waiting -------------------------------------------------------------------------------------------

    /**
     * Resolves to what `holds()` returns as soon as it is true; it is asked after everything that happens.
     */
    async until(holds, what) {
        const deadline = Date.now() + PATIENCE_MS;
        for (;;) {
            if (this.#fault) throw new Error(this.#fault);
            const value = holds();
            if (value) return value;
            if (this.closed) throw new Error(`waiting for ${what}: ${print(this.refused ?? this.closed)}`);
            await this.#nextNews(deadline, what);
        }
    }

    /** A dashboard that starts from nothing has its first screen; one that resumes may still be behind. */
    async untilCaughtUp() {
        if (!this.isDashboard || this.welcome.resumed) return;
        const isTail = (frame) => frame.t === 'sync' && frame.digest !== undefined;
        await this.until(() => this.#sinceWelcome().some(isTail), 'the first screen');
    }

    /** A dashboard that has seen all up to `seq`. */
    untilSeq(seq) {
        return this.until(() => this.seq >= seq, `seq ${seq}, being at ${this.seq}`);
    }

    untilRow(id, matches, what = 'a change') {
        return this.until(
            () => this.rows.has(id) && matches(this.rows.get(id)) && this.rows.get(id),
            `${what} of ${id}`,
        );
    }

    /** A consumer that has been sent everything up to `seq`. */
    untilPlace(seq) {
        return this.until(() => this.log.place >= seq, `place ${seq}, being at ${this.log.place}`);
    }

    /** A dashboard sees this agent so: '-' not there, 'o' online, 'v c' viewing c, 't c' typing in it. */
    untilLooks(agent, look) {
        return this.until(
            () => this.people.look(agent) === look,
            `${agent} to look ${look}, looking ${this.people.look(agent)}`,
        );
    }

    /** Resolves to { code, reason } when the connection has been closed. */
    async untilClosed(patienceMs = PATIENCE_MS) {
        const deadline = Date.now() + patienceMs;
        while (!this.closed) await this.#nextNews(deadline, 'the close');
        return this.closed;
    }

    async #nextNews(deadline, what) {
        let wake, timer;
        const woken = new Promise((resolve) => this.#waiting.add((wake = resolve)));
        const late = new Promise((_, reject) => {
            if (deadline === Infinity) return;
            timer = setTimeout(
                () => reject(new Error(`waited in vain for ${what}; ${this.#story()}`)),
                deadline - Date.now(),
            );
        });
        try {
            await Promise.race([woken, late]);
        } finally {
            clearTimeout(timer);
            this.#waiting.delete(wake);
        }
    }

    async #inTime(promise, what) {
        let timer;
        const late = new Promise((_, reject) => {
            timer = setTimeout(
                () => reject(new Error(`waited in vain for ${what}; ${this.#story()}`)),
                PATIENCE_MS,
            );
        });
        try {
            return await Promise.race([promise, late]);
        } finally {
            clearTimeout(timer);
        }
    }

    #news() {
        for (const wake of this.#waiting) wake();
    }

    #story() {
        const frames = this.frames.slice(-4).map(print).join('\n  ');
        return `closed: ${print(this.closed)}; the last frames:\n  ${frames}`;
    }

    // --- Leaving -------------------------------------------------------------------------------------------

    /** Closes as one should, and waits for nothing any more. */
    async leave() {
        for (const { settle } of this.#unanswered.values()) settle[1](new Error('left without an answer'));
        if (this.closed || !this.#socket) return;
        this.#socket.close(1000);
        await this.untilClosed();
    }

    /** Is gone from one moment to the next. */
    cut() {
        this.#socket.terminate();
        return this.untilClosed();
    }

    stopReading() {
        this.#socket.pause();
    }

    readOn() {
        this.#socket.resume();
    }

    // --- Being told ----------------------------------------------------------------------------------------

    #receive(data, isBinary) {
        try {
            if (!isBinary) throw new Error('a text frame');
            const frame = decode(data);
            this.largest = Math.max(this.largest, data.length);
            // Which rests on nothing, and comes when it likes.
            if (frame.t !== 'presence') this.frames.push(frame);
            this.#take(frame);
        } catch (error) {
            this.#fault ??= `${error.message}, in frame ${this.frames.length} (${print(this.frames.at(-1))})`;
            for (const { settle } of this.#unanswered.values()) settle[1](new Error(this.#fault));
        }
        this.#news();
    }

    #take(frame) {
        if (frame.t === 'welcome') this.#takeWelcome(frame);
        else if (frame.t === 'sync') this.#takeSync(frame);
        else if (frame.t === 'answer') this.#takeAnswer(frame);
        else if (frame.t === 'page' || frame.t === 'found') this.#takePage(frame);
        else if (frame.t === 'thread') this.#takeThread(frame);
        else if (frame.t === 'history') this.#takeHistory(frame);
        else if (frame.t === 'log') this.log.take(frame, this.#entries(frame));
        else if (frame.t === 'presence')
            this.people.take(frame, named(this.welcome.people_columns, frame.people));
        else if (frame.t === 'time') this.#settleRequest(frame);
        else if (frame.t === 'state') this.state = frame.store;
        else if (frame.t === 'bye') this.bye = frame;
    }

    #takeWelcome(welcome) {
        const isRefresh =
            this.welcome !== undefined && welcome.epoch === this.welcome.epoch && welcome.resumed;
        this.welcome = welcome;
        if (welcome.consumer) this.log.begin(welcome);
        if (welcome.consumer) return;
        this.#lastTo = welcome.seq;
        this.#moveTo(welcome.seq, welcome.mark);
        if (isRefresh) return;
        if (welcome.resumed)
            must(welcome.seq === this.resumed?.seq, `resumed at ${welcome.seq}, not at ${this.resumed?.seq}`);
        else must(welcome.seq === 0 && welcome.mark === 0, `begins afresh, at ${welcome.seq}`);
    }

    #takeSync(sync) {
        if (sync.fresh) {
            this.rows.clear();
            this.agents.clear();
            this.seq = this.#lastTo = this.#newest = 0;
        }
        must(sync.from === this.#lastTo, `a sync from ${sync.from}, the last one was to ${this.#lastTo}`);
        must(sync.to >= sync.from && sync.to >= this.seq, 'a sync that goes backwards');
        for (const row of this.#named(sync.rows)) {
            must(row.seq > sync.from, `a row of seq ${row.seq} after ${sync.from}`);
            this.#keep(row);
        }
        for (const agent of named(this.welcome.agent_columns, sync.agents ?? []))
            this.agents.set(agent.id, agent);
        this.#lastTo = sync.to;
        this.#moveTo(sync.to, sync.mark);
        const said = [sync.open, sync.completed, sync.digest].filter((value) => value !== undefined).length;
        must(said === 0 || said === 3, 'counts and digest that do not come together');
        if (said === 3 && this.#newest <= this.seq) this.#check(sync);
    }

    #moveTo(seq, mark) {
        this.seq = seq;
        this.seqMark = mark;
    }

    #check(sync) {
        const { open } = this;
        const digest = open.reduce((sum, row) => (sum + digestPart(row.id, row.seq)) % 2 ** 32, 0);
        must(open.length === sync.open, `${open.length} open rows, told to be ${sync.open}`);
        must(digest === sync.digest, `the digest ${digest}, told to be ${sync.digest}`);
        must(
            this.completed.length <= sync.completed,
            `${this.completed.length} completed rows of ${sync.completed}`,
        );
    }

    #takeAnswer(answer) {
        const waiting = this.#unanswered.get(hex(answer.id));
        must(waiting, 'an answer to nothing');
        if (answer.row) {
            [answer.row] = this.#named([answer.row]);
            if (this.isDashboard) this.#keep(answer.row);
        }
        const isTemporary = TEMPORARY.has(answer.reason);
        must(isTemporary === answer.retry_ms > 0, `refused ${answer.reason}: wait ${answer.retry_ms} ms`);
        this.#unanswered.delete(hex(answer.id));
        waiting.settle[0](answer);
    }

    #takePage(page) {
        page.rows = this.#named(page.rows);
        page.rows.forEach((row) => this.#keep(row));
        this.#settleRequest(page);
    }

    #settleRequest(frame) {
        must(this.#requests.has(frame.ref), 'an answer to no request');
        if (frame.t === 'time' && this.isDashboard && frame.seq > this.seq)
            this.#moveTo(frame.seq, frame.mark);
        this.#requests.get(frame.ref)(frame);
        this.#requests.delete(frame.ref);
    }

    #takeThread(thread) {
        this.threads.take(thread, this.#entries(thread));
        if (thread.ref !== undefined) this.#settleRequest(thread);
    }

    #takeHistory(history) {
        history.entries = this.#entries(history);
        history.entries.forEach(({ seq }, i) =>
            must(i === 0 || seq < history.entries[i - 1].seq, 'a history that is not in order'),
        );
        this.#settleRequest(history);
    }

    #entries({ entries }) {
        return named(this.welcome.log_columns, entries).map((entry) => {
            const [row] = entry.row ? this.#named([entry.row]) : [null];
            must(
                row === null ? entry.action === 'agent_seen' : row.seq === entry.seq,
                `entry ${entry.seq} shows its row at ${row?.seq}`,
            );
            return { ...entry, row };
        });
    }

    #named(rows) {
        return named(this.welcome.columns, rows);
    }

    #keep(row) {
        const known = this.rows.get(row.id);
        if (known === undefined || known.seq < row.seq) this.rows.set(row.id, row);
        this.#newest = Math.max(this.#newest, row.seq);
    }

    #sinceWelcome() {
        return this.frames.slice(this.frames.findLastIndex((frame) => frame.t === 'welcome') + 1);
    }
}

function hex(id) {
    return Buffer.from(id).toString('hex');
}

export function print(value) {
    const text =
        JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? hex(inner) : inner)) ??
        String(value);
    return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
