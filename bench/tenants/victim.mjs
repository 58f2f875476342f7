// A quiet workspace: a few people and programs who do what one does, one thing at a time, and how long each
// takes them.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenOf } from '../../tests/e2e/support/token.mjs';
import { decode, signIn } from './wire.mjs';

const REST_MS = 70; // between one and the next of a kind

/** Asks, and waits for the answer with that ref or id. */
class Asker {
    #waiting = new Map();
    #ref = 0;

    static async of(port, token, fields) {
        const asker = new Asker();
        const { wire } = await signIn(port, token, fields);
        asker.wire = wire;
        wire.onFrame = (payload, opcode) => opcode === 2 && asker.#take(decode(payload));
        wire.onClose = () => asker.onClose?.(wire.code);
        return asker;
    }

    #take(frame) {
        const key = frame.t === 'answer' ? Buffer.from(frame.id).toString('hex') : frame.ref;
        this.#waiting.get(key)?.(frame);
        this.#waiting.delete(key);
    }

    #ask(key, message) {
        return new Promise((resolve) => {
            this.#waiting.set(key, resolve);
            this.wire.send(message);
        });
    }

    request(t, fields) {
        const ref = ++this.#ref;
        return this.#ask(ref, { t, ref, ...fields });
    }

    async command(action, conversation, fields) {
        const id = randomBytes(16);
        const answer = await this.#ask(id.toString('hex'), {
            t: 'command',
            id,
            do: action,
            conversation,
            ...fields,
        });
        if (answer.outcome !== 'done')
            throw new Error(`${action} ${conversation}: ${answer.outcome} ${answer.reason}`);
    }

    leave() {
        this.wire.onClose = () => {};
        this.wire.socket.destroy();
    }
}

/** What is done over and over. Each is done once before it counts. */
async function operations(port, workspace) {
    const token = (agent, role) => tokenOf(workspace, agent, role);
    const person = (name) => Asker.of(port, token(name));
    const [reader, watcher, pager, finder] = await Promise.all(
        ['reader', 'watcher', 'pager', 'finder'].map(person),
    );
    const channel = await Asker.of(port, token('whatsapp', 'channel'));
    let old = 0; // contacts of long ago, whom no node has in memory
    const comes = (role, agent, fields) => async () => {
        const asker = await Asker.of(port, token(agent, role), fields);
        asker.leave();
    };
    return {
        hello: comes('agent', 'guest'),
        consumer: comes('automation', 'bot', { consumer: { name: 'main' } }),
        history: () => reader.request('history', { conversation: 'wa-34600019999' }),
        watch: async () => {
            await watcher.request('watch', { conversation: 'wa-34600019998' });
            watcher.wire.send({ t: 'unwatch', conversation: 'wa-34600019998' });
        },
        page: () => pager.request('page', {}),
        find: () => finder.request('find', { text: 'wa-34600000777' }),
        command: () => channel.command('contact_message', 'wa-34600019997', { body: 'Hello?' }),
        'command, not held': () =>
            channel.command('contact_message', `wa-34600${String(++old).padStart(6, '0')}`, {
                body: 'Hello?',
            }),
    };
}

async function inTime(promise, patienceMs) {
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([promise, late]);
    clearTimeout(timer);
}

export class Victim {
    #operations;

    static async of(port, workspace) {
        const victim = new Victim();
        victim.#operations = await operations(port, workspace);
        await victim.settle();
        return victim;
    }

    get kinds() {
        return Object.keys(this.#operations);
    }

    /**
     * For so long each kind goes on; what is under way at the end is waited for, but not for ever: it counts
     * as it is then. How long each took, by kind, in ms.
     */
    async measure(durationMs, patienceMs = 10_000) {
        const started = performance.now();
        const spent = {};
        const go = async (kind) => {
            spent[kind] = [];
            while (performance.now() - started < durationMs) {
                const begun = performance.now();
                await inTime(this.#operations[kind](), patienceMs);
                spent[kind].push(performance.now() - begun);
                await sleep(REST_MS * (0.5 + Math.random()));
            }
        };
        await Promise.all(this.kinds.map(go));
        return spent;
    }

    /** Until what is left of an attack has gone by. */
    async settle() {
        for (const operation of Object.values(this.#operations)) await operation();
    }
}

/** Somebody connected, to be revoked: resolves `closed` with the code that he is closed with. */
export async function connectedPerson(port, workspace, agent) {
    const asker = await Asker.of(port, tokenOf(workspace, agent));
    return { closed: new Promise((resolve) => (asker.onClose = resolve)), leave: () => asker.leave() };
}
