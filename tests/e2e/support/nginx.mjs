// nginx as deploy/nginx.conf sets it up, in front of servers of the test's own.

import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, start } from './process.mjs';

async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

/** A certificate for this machine, which nobody has signed. */
async function makeCertificate(key, certificate) {
    const args = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-noenc',
        '-days',
        '1',
    ];
    const { code, stderr } = await run('openssl', [
        ...args,
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        certificate,
    ]);
    if (code !== 0) throw new Error(`openssl: ${stderr}`);
}

/** The configuration with each of [what it says, what it shall say], each of which must be there. */
function changed(configuration, changes) {
    return changes.reduce((text, [from, to]) => {
        if (!text.match(from)) throw new Error(`deploy/nginx.conf has nothing like ${from}`);
        return text.replace(from, to);
    }, configuration);
}

export class Nginx {
    static async start(servers) {
        const folder = await mkdtemp(join(tmpdir(), 'relevo-nginx-'));
        const nginx = new Nginx();
        nginx.folder = folder;
        [nginx.port, nginx.plainPort] = await Promise.all([freePort(), freePort()]);
        const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => join(folder, name));
        await makeCertificate(key, certificate);
        nginx.ca = await readFile(certificate);
        const shipped = await readFile(new URL('../../../deploy/nginx.conf', import.meta.url), 'utf8');
        const nodes = servers
            .map(({ port }) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=2s;`)
            .join('\n');
        const configuration = changed(shipped, [
            [/ \/tmp\//g, ` ${folder}/`],
            [/server node1:7681 (max_fails=1 fail_timeout=2s;)\s+server node2:7681 \1/, nodes],
            [/listen 8080;/, `listen 127.0.0.1:${nginx.plainPort};`],
            [/listen 8443 ssl;/, `listen 127.0.0.1:${nginx.port} ssl;`],
            [/\/run\/secrets\/tls_certificate/, certificate],
            [/\/run\/secrets\/tls_key/, key],
        ]);
        await writeFile(join(folder, 'nginx.conf'), configuration);
        const prefix = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'];
        const { code, stderr } = await run('nginx', [...prefix, '-t']);
        if (code !== 0) throw new Error(`nginx: ${stderr}`);
        nginx.#child = start('nginx', [...prefix, '-g', 'daemon off;'], {
            stdio: ['ignore', 'ignore', 'pipe'],
        });
        nginx.#child.stderr.on('data', (chunk) => (nginx.stderr += chunk));
        nginx.#ended = once(nginx.#child, 'close');
        return nginx;
    }

    stderr = '';
    #child;
    #ended;

    get url() {
        return `wss://127.0.0.1:${this.port}/ws`;
    }

    async stop() {
        this.#child.kill('SIGTERM');
        await this.#ended;
        await rm(this.folder, { recursive: true });
    }
}
