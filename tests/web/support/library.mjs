// The client library, as somebody in Node would use it: bundled from its source, on npm's ws.

import { webcrypto } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import WebSocket from 'ws';

globalThis.crypto ??= webcrypto; // Node 18 has none of its own

const source = fileURLToPath(new URL('../../../web-demo/', import.meta.url));
const { build } = createRequire(join(source, 'build.mjs'))('esbuild');
const outfile = join(await mkdtemp(join(tmpdir(), 'relevo-library-')), 'client.mjs');
await build({
    entryPoints: [join(source, 'client/index.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile,
});
const { createClient: create, ...library } = await import(pathToFileURL(outfile).href);

export const { UnsettledError } = library;

/** Connected, and remembers how its connection has stood. */
export async function connectLibrary(t, url, options) {
    const client = create({ url, WebSocket, ...options });
    t.after(() => client.close());
    const changes = [];
    client.on('connection', (change) => changes.push(change));
    client.open();
    await until(client, 'connection', () => client.state === 'connected');
    return { client, changes };
}

/** Resolves when it holds, which may be now. */
export function until(client, event, holds) {
    return new Promise((resolve) => {
        const end = client.on(event, look);
        function look() {
            if (!holds()) return;
            end();
            resolve();
        }
        look();
    });
}
