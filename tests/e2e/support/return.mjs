// Clients who are there whatever becomes of their connections.

import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 250;
const MOST_MS = 10_000;
const TOO_FAST = 4101;
const NEVER = [1003, 1009, 4001, 4002, 4003, 4004, 4005];

/** Comes back as PROTOCOL.md says ("Coming back"), however often that takes. */
export async function comeBack(client) {
    for (let boundMs = FIRST_MS; ; boundMs = Math.min(2 * boundMs, MOST_MS)) {
        const { closed, bye } = client;
        if (NEVER.includes(closed?.code)) throw new Error(`closed with ${closed.code}: ${closed.reason}`);
        await sleep(bye?.retry_ms ?? (closed?.code === TOO_FAST ? MOST_MS / 10 : boundMs * Math.random()));
        try {
            return await client.join();
        } catch (error) {
            if (!client.closed) throw error; // no connection that broke, but a promise, or nothing that came
        }
    }
}

/** Is there until `over` is settled, and at that moment too. */
export async function stay(client, over) {
    let isOver = false;
    const end = () => (isOver = true);
    const ending = over.then(end, end);
    for (;;) {
        if (client.welcome === undefined || client.closed) await comeBack(client);
        if (isOver) return;
        await Promise.race([ending, client.untilClosed(Infinity)]);
    }
}
