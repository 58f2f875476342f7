// One workspace's people and programs gone wild: `node attacker.mjs ATTACK PORT`, until it is told to end. It
// keeps to half a core by itself: what it has used beyond is slept off.

import { randomBytes } from 'node:crypto';
import { tokenOf } from '../../tests/e2e/support/token.mjs';
import { decode, frameOf, messageOf, signIn, Wire } from './wire.mjs';

const SHARE = 0.5;
const [attack, port] = [process.argv[2], Number(process.argv[3])];
const started = performance.now();

setInterval(() => {
    const { user, system } = process.cpuUsage();
    const over = (user + system) / 1000 - SHARE * (performance.now() - started);
    if (over > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, over / SHARE);
}, 5);

const helloOf = (token, fields = {}) => messageOf({ t: 'hello', token, ...fields });
const join = (messages) => Buffer.concat(messages.map(messageOf));
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const id = (number) => `wa-34600${String(number).padStart(6, '0')}`;
const agent = (workspace, name, role = 'agent') => tokenOf(workspace, name, role);

/** Over and over: connects, waits for its welcome, says `said`, is gone. `hands` at a time. */
function churn(hellos, said, hands = 16) {
    const come = (hand) => {
        const wire = new Wire(port, hellos[hand % hellos.length]);
        const isFirst = { yes: true };
        wire.onFrame = () => {
            if (!isFirst.yes) return;
            isFirst.yes = false;
            wire.socket.end(typeof said === 'function' ? said(hand) : said);
        };
        wire.onClose = () => setImmediate(come, hand);
    };
    for (let hand = 0; hand < hands; hand++) come(hand);
}

/** Stays, and does `act(wire, frame)` with what comes, the welcome first; comes again when it is closed. */
function stay(hello, act, pauseMs = 20) {
    const wire = new Wire(port, hello);
    wire.onFrame = (payload, opcode) => opcode === 2 && act(wire, decode(payload));
    wire.onClose = () => setTimeout(stay, pauseMs, hello, act, pauseMs);
}

/** Always has so many requests under way. */
function asks(hello, count, ask) {
    stay(hello, (wire, frame) => {
        if (frame.t === 'welcome') wire.socket.write(join(many(count, ask)));
        else if (frame.ref !== undefined) wire.send(ask(frame.ref));
    });
}

function commands(hello, count, make) {
    const give = () => ({ t: 'command', id: randomBytes(16), ...make() });
    stay(hello, (wire, frame) => {
        if (frame.t === 'welcome') wire.socket.write(join(many(count, give)));
        else if (frame.t === 'answer') setTimeout(() => wire.send(give()), frame.retry_ms ?? 0);
    });
}

const find = (ref) => ({ t: 'find', ref, text: 'wa-34600' });
const page = (ref) => ({ t: 'page', ref });
const history = (ref) => ({ t: 'history', ref, conversation: id(1) });
const people = (workspace, count) => many(count, (i) => helloOf(agent(workspace, `p${i % 2}`)));
const sixteen = (make) => join(many(16, make));

const ATTACKS = {
    'find names': () => many(20, () => asks(helloOf(agent('crowd', 'p0')), 16, find)),
    'find and go': () => churn(people('crowd', 2), sixteen(find), 25),
    'page and go': () => churn(people('few', 2), sixteen(page)),
    'history and go': () => churn(people('few', 2), sixteen(history)),
    'watch and go': () =>
        churn(
            people('few', 2),
            join(
                many(16, (i) =>
                    i % 4 === 3
                        ? { t: 'unwatch', conversation: id(i - 3) }
                        : { t: 'watch', ref: i, conversation: id(i) },
                ),
            ),
        ),
    'hello and go': () => churn(people('few', 2), Buffer.alloc(0), 32),
    'consumers that come and go': () =>
        churn(
            many(32, (i) => helloOf(agent('few', 'bot', 'automation'), { consumer: { name: `c${i}` } })),
            Buffer.alloc(0),
            32,
        ),
    'consumers from the first': () =>
        churn(
            many(20, (i) =>
                helloOf(agent('crowd', 'bot', 'automation'), {
                    consumer: { name: `c${i}`, after: 0, mark: 0 },
                }),
            ),
            Buffer.alloc(0),
            20,
        ),
    'unknown conversations': () => {
        for (let i = 0; i < 20; i++)
            commands(helloOf(agent('few', `bot${i % 2}`, 'automation'), {}), 64, () => ({
                do: 'complete',
                conversation: randomBytes(8).toString('hex'),
            }));
    },
    'unknown conversations and go': () =>
        churn(
            many(20, (i) => helloOf(agent('few', `bot${i % 2}`, 'automation'))),
            () =>
                join(
                    many(64, () => ({
                        t: 'command',
                        id: randomBytes(16),
                        do: 'complete',
                        conversation: randomBytes(8).toString('hex'),
                    })),
                ),
        ),
    'places of long ago': () =>
        stayAt('crowd', (seen) => {
            for (let i = 0; i < 10; i++)
                commands(helloOf(agent('crowd', `bot${i % 2}`, 'automation')), 64, () => ({
                    do: 'bot_message',
                    conversation: id(1 + Math.floor(Math.random() * 90_000)),
                    body: 'x',
                    ...seen,
                    mark: Math.floor(Math.random() * 1e12),
                }));
        }),
    'first screens': () => {
        const counted = { open: 1, completed: 1, digest: 1 };
        for (let i = 0; i < 20; i++)
            stay(
                helloOf(agent('screen', `p${i % 2}`)),
                (wire, frame) =>
                    frame.t === 'sync' &&
                    frame.digest !== undefined &&
                    wire.send({ t: 'resync', seq: frame.to, ...counted }),
            );
    },
    'first screens that nobody reads': () => churn(people('screen', 2), Buffer.alloc(0), 32),
    presence: () => {
        for (let i = 0; i < 40; i++)
            signIn(port, agent('few', `p${i % 2}`)).then(
                ({ wire }) => {
                    wire.onClose = () => {};
                    let turn = 0;
                    setInterval(
                        () =>
                            wire.socket.writable &&
                            wire.socket.write(
                                join(
                                    many(20, () => ({
                                        t: 'presence',
                                        conversation: id(++turn % 50),
                                        typing: turn % 2 === 0,
                                    })),
                                ),
                            ),
                        20,
                    );
                },
                () => {},
            );
    },
    'control frames': () => {
        const flood = Buffer.concat([
            ...many(400, () => frameOf(Buffer.alloc(0), { opcode: 9 })),
            ...many(400, () => frameOf(Buffer.alloc(0), { opcode: 10 })),
            frameOf(Buffer.alloc(0), { opcode: 2, fin: false }),
            ...many(2000, () => frameOf(Buffer.alloc(0), { opcode: 0, fin: false })),
        ]);
        churn(people('few', 2), flood, 20);
    },
    'many open': () => {
        for (let i = 0; i < 6; i++)
            commands(helloOf(agent('few', `bot${i % 3}`, 'automation')), 64, () => ({
                do: 'open',
                conversation: randomBytes(8).toString('hex'),
                channel: 'whatsapp',
            }));
    },
    'long messages': () => {
        const body = 'x'.repeat(60_000);
        for (let i = 0; i < 6; i++)
            commands(helloOf(agent('few', 'whatsapp', 'channel')), 16, () => ({
                do: 'contact_message',
                conversation: `long-${i}`,
                body,
            }));
    },
};

/** Knows where the log is, so that commands can speak of a place in it. */
async function stayAt(workspace, act) {
    const { wire, welcome } = await signIn(port, agent(workspace, 'p0'));
    wire.onClose = () => {};
    act({ seen: 5, epoch: welcome.epoch });
}

if (process.argv[2] === '--list') {
    process.stdout.write(JSON.stringify(Object.keys(ATTACKS)));
    process.exit(0);
}
ATTACKS[attack]();
