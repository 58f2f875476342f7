// What the page may not do, should anybody get a script into it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { atEnd } from '../e2e/support/at_end.mjs';
import { test } from '../e2e/support/whole.mjs';
import { AgentPage, startDemo } from './support/browser.mjs';

test('the page reaches its own server and no other, be it by a WebSocket or by a form', async (t) => {
    const server = await startDemo(t);
    const other = createServer().listen(0, '127.0.0.1');
    atEnd(t, () => other.close());
    await once(other, 'listening');
    let reached = 0;
    // Chromium may connect ahead of what it then does not do: what counts is what is said.
    other.on('connection', (socket) =>
        socket.on('error', () => {}).on('data', () => (reached++, socket.destroy())),
    );
    const elsewhere = `127.0.0.1:${other.address().port}`;
    // Live: by a WebSocket to its own.
    const ana = await AgentPage.open(t, server, 'ana', { may: /Content Security Policy/ });
    const violated = await ana.page.evaluate(async (host) => {
        const seen = [];
        const heard = (count) =>
            new Promise((resolve) => {
                document.addEventListener('securitypolicyviolation', function hear(event) {
                    if (seen.push(event.effectiveDirective) < count) return;
                    document.removeEventListener('securitypolicyviolation', hear);
                    resolve();
                });
            });
        const all = heard(3);
        try {
            new WebSocket(`ws://${host}/out`);
        } catch {
            // some browsers say so at once
        }
        fetch(`http://${host}/out`).catch(() => {});
        const form = document.body.appendChild(document.createElement('form'));
        form.action = `http://${host}/out`;
        form.submit();
        await all;
        return seen.sort();
    }, elsewhere);
    assert.deepEqual(violated, ['connect-src', 'connect-src', 'form-action']);
    assert.equal(reached, 0);
});
