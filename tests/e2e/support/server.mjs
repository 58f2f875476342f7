// The real binary, on a port that was free.

import { once } from 'node:events';
import { eventually, run, start } from './process.mjs';
import { SECRET } from './token.mjs';

const { RELEVO_BIN = new URL('../../../build/dev/relevo', import.meta.url).pathname } = process.env;
const SANITIZER_REPORT = /ERROR: \w+Sanitizer|runtime error:|WARNING: \w+Sanitizer/;

/** The environment that relevo is given: of what it looks at, nothing but what is said here. */
function environmentOf(database, changes) {
    const inherited = Object.entries(process.env).filter(
        ([name]) => !/^(RELEVO_|PG|DATABASE_URL)/.test(name),
    );
    const all = {
        ...Object.fromEntries(inherited),
        RELEVO_SECRET: SECRET,
        ...database?.environment,
        ...changes,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Runs a subcommand to its end, perhaps under another command: { code, signal, stdout, stderr }. */
export async function relevo(args, { database, env, under = [] } = {}) {
    const [command, ...rest] = [...under, RELEVO_BIN, ...args];
    const result = await run(command, rest, { env: environmentOf(database, env) });
    checkReports(result.stderr);
    return result;
}

export async function migrate(database, ...args) {
    const { code, stderr } = await relevo(['migrate', ...args], { database });
    if (code !== 0) throw new Error(`relevo migrate: ${stderr}`);
}

function checkReports(stderr) {
    if (SANITIZER_REPORT.test(stderr)) throw new Error(stderr.slice(stderr.search(SANITIZER_REPORT)));
}

export class Server {
    /**
     * `relevo serve` on `database`, ready for clients where `ready` is not false. `sockets`: descriptors of
     * ours that it is passed as the service manager would.
     */
    static async start(database, { args = [], env, sockets = [], port = 0, ready = true } = {}) {
        const server = new Server(database, { args, env, sockets });
        await server.#launch(port);
        if (ready) await server.untilReady();
        return server;
    }

    stderr = '';
    #child;
    #ended;
    #mayEnd = false;

    constructor(database, options) {
        this.database = database;
        this.options = options;
    }

    async #launch(port) {
        const { args, env, sockets } = this.options;
        // The cluster that ./dev test gives is a fast one: it would not outlive a power cut.
        const listen = ['serve', '--listen', `127.0.0.1:${port}`, '--allow-unsafe-database'];
        this.#mayEnd = false;
        this.stderr = '';
        const passing = { LISTEN_FDS: String(sockets.length) };
        // The shell becomes the server, and knows whose process id that will be.
        this.#child = start('sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', RELEVO_BIN, ...listen, ...args], {
            env: environmentOf(this.database, { ...passing, ...env }),
            stdio: ['ignore', 'inherit', 'pipe', ...sockets],
        });
        this.#child.stderr.on('data', (chunk) => (this.stderr += chunk));
        this.#ended = once(this.#child, 'close').then(([code, signal]) => ({
            code,
            signal,
            stderr: this.stderr,
        }));
        const [, found] = await this.untilLogged(/127\.0\.0\.1:(\d+)/);
        this.port = Number(found);
    }

    get binary() {
        return RELEVO_BIN;
    }

    get pid() {
        return this.#child.pid;
    }

    get url() {
        return `ws://127.0.0.1:${this.port}/ws`;
    }

    get origin() {
        return `http://127.0.0.1:${this.port}`;
    }

    get(path, options) {
        return fetch(this.origin + path, options);
    }

    async #readiness() {
        const response = await this.get('/readyz').catch(() => undefined);
        await response?.arrayBuffer();
        return response?.status;
    }

    untilReady() {
        return eventually(
            () => this.#isAlive() && this.#readiness().then((status) => status === 200),
            'readyz',
        );
    }

    untilNotReady() {
        return eventually(() => this.#readiness().then((status) => status === 503), 'readyz to say 503');
    }

    #isAlive() {
        const { exitCode, signalCode } = this.#child;
        if (exitCode !== null || signalCode !== null)
            throw new Error(`the server ended (${exitCode ?? signalCode}): ${this.stderr}`);
        return true;
    }

    /** Waits for a line on stderr; the match. */
    async untilLogged(pattern) {
        const isOver = this.#ended.then(() => true);
        for (;;) {
            const match = pattern.exec(this.stderr);
            if (match) return match;
            const more = once(this.#child.stderr, 'data').then(() => false);
            if (await Promise.race([more, isOver])) {
                if (pattern.test(this.stderr)) continue;
                throw new Error(`the server ended without saying ${pattern}: ${this.stderr}`);
            }
        }
    }

    signal(name) {
        this.#mayEnd = true;
        this.#child.kill(name);
    }

    /** Resolves when it has ended: { code, signal, stderr }. */
    async untilEnded() {
        this.#mayEnd = true;
        const end = await this.#ended;
        checkReports(end.stderr);
        return end;
    }

    async kill() {
        this.signal('SIGKILL');
        await this.untilEnded();
    }

    /** Starts again, on the same port. */
    async startAgain({ ready = true } = {}) {
        await this.#launch(this.port);
        if (ready) await this.untilReady();
    }

    /** Ends it as an operator does, and fails where that does not go well. */
    async stop() {
        const hadEnded = this.#child.exitCode !== null || this.#child.signalCode !== null;
        if (hadEnded) {
            const end = await this.#ended;
            if (!this.#mayEnd)
                throw new Error(`the server ended by itself (${end.code ?? end.signal}): ${end.stderr}`);
            return;
        }
        this.signal('SIGTERM');
        const { code, signal, stderr } = await this.untilEnded();
        if (code !== 0) throw new Error(`the server left with ${code ?? signal}: ${stderr}`);
    }
}
