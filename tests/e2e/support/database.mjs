// Databases of a test's own: on the cluster that ./dev test gives, or on a cluster that may be killed.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { eventually, run, start } from './process.mjs';

const project = fileURLToPath(new URL('../../..', import.meta.url));
let made = 0;

export class Database {
    /** `environment`: the PG* that lead to it. */
    constructor(environment) {
        this.environment = environment;
    }

    /** Runs SQL; the rows, each an array of texts. */
    async query(sql) {
        const env = { ...process.env, ...this.environment };
        const { code, stdout, stderr } = await run(
            'psql',
            ['-XAtq', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-f', '-'],
            { env, input: sql },
        );
        if (code !== 0) throw new Error(`psql: ${stderr}`);
        return stdout
            .split('\n')
            .slice(0, -1)
            .map((line) => line.split('\t'));
    }

    /**
     * Somebody who has done the query, and holds what it locked until the function that this resolves to is
     * called.
     */
    async hold(query) {
        const stranger = start('psql', ['-XAtq', '-f', '-'], {
            env: { ...process.env, ...this.environment },
            stdio: ['pipe', 'pipe', 'inherit'],
        });
        stranger.stdin.write(`BEGIN;\n${query};\n`);
        await once(stranger.stdout, 'data');
        return () => stranger.stdin.end('COMMIT;\n');
    }

    /** The only value that the query gives, as a text. */
    async value(sql) {
        const [[value]] = await this.query(sql);
        return value;
    }

    /** The same server reached another way, such as through a proxy. */
    via(environment) {
        return new Database({ ...this.environment, ...environment });
    }

    drop() {
        const { PGDATABASE } = this.environment;
        return this.via({ PGDATABASE: 'postgres' }).query(
            `DROP DATABASE IF EXISTS ${PGDATABASE} WITH (FORCE)`,
        );
    }
}

/** A new database: an empty one, or a copy of another. Its owner drops it. */
export async function createDatabase(cluster = sharedCluster(), template = 'template0') {
    const name = `relevo_e2e_${process.pid}_${++made}`;
    await cluster.via({ PGDATABASE: 'postgres' }).query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return cluster.via({ PGDATABASE: name });
}

function sharedCluster() {
    const { PGHOST, PGPORT = '5432', PGUSER = 'relevo' } = process.env;
    if (!PGHOST)
        throw new Error('these tests need a PostgreSQL that PGHOST names; ./dev test gives them one');
    return new Database({ PGHOST, PGPORT, PGUSER, PGDATABASE: 'postgres' });
}

/** A cluster of its own, made by the functions of tools/cluster.sh; gone when this process is. */
export class Cluster extends Database {
    static start(...settings) {
        return Cluster.#start('', settings);
    }

    /** A standby that follows `primary`, with its settings and these. */
    static startStandby(primary, ...settings) {
        return Cluster.#start(primary.folder, settings);
    }

    static async #start(primary, settings) {
        const script = `
            set -euo pipefail
            fail() { echo "$*" >&2; exit 1; }
            source tools/cluster.sh
            primary=$1
            shift
            [ -z "$primary" ] || cluster_create_standby "tmp.$$" "$primary" "$@" >&2
            cluster_throwaway "$@" >&2
            echo "$PGHOST"
            while read -r order mode; do
                case $order in
                    stop) cluster_stop "tmp.$$" "$mode" >&2 ;;
                    start) cluster_start "tmp.$$" >&2 ;;
                    save) cp -a "$cluster_home/tmp.$$/data" "$cluster_home/tmp.$$/saved" ;;
                    restore) rm -rf "$cluster_home/tmp.$$/data"; mv "$cluster_home/tmp.$$/saved" "$cluster_home/tmp.$$/data" ;;
                esac
                echo done
            done`;
        const env = { ...process.env };
        for (const name of Object.keys(env)) if (name.startsWith('PG')) delete env[name];
        // Not by start(): it ends, and cleans up, when its input does.
        const child = start('bash', ['-c', script, 'cluster', primary, ...settings], {
            cwd: project,
            env,
            stdio: ['pipe', 'pipe', 'inherit'],
        });
        const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        const { value: PGHOST } = await lines.next();
        if (!PGHOST) throw new Error('no cluster of our own');
        return new Cluster(child, lines, {
            PGHOST,
            PGPORT: '5432',
            PGUSER: 'relevo',
            PGDATABASE: 'postgres',
        });
    }

    #child;
    #lines;

    constructor(child, lines, environment) {
        super(environment);
        this.#child = child;
        this.#lines = lines;
    }

    get folder() {
        return this.environment.PGHOST;
    }

    async #order(line) {
        this.#child.stdin.write(`${line}\n`);
        const { done } = await this.#lines.next();
        if (done) throw new Error(`the cluster would not ${line}`);
    }

    /** mode: fast or immediate, the latter being what a crash is. */
    stop(mode = 'immediate') {
        return this.#order(`stop ${mode}`);
    }

    start() {
        return this.#order('start');
    }

    /**
     * Keeps a copy of its files, while it is stopped; and puts it in their place, as one does with a backup.
     */
    save() {
        return this.#order('save');
    }

    restore() {
        return this.#order('restore');
    }

    /**
     * All of its processes get the signal at once, the first of them first: SIGKILL, or SIGSTOP and SIGCONT.
     */
    async signal(name) {
        const pid = parseInt(await readFile(join(this.folder, 'data/postmaster.pid'), 'utf8'), 10);
        const send = (each) => {
            try {
                process.kill(each, name);
            } catch (error) {
                if (error.code !== 'ESRCH') throw error; // it was about to end
            }
        };
        const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
        [pid, ...children.trim().split(' ').map(Number)].forEach(send);
    }

    /** From one moment to the next it is not there any more. It may be started again. */
    async kill() {
        await this.signal('SIGKILL');
        await eventually(
            () =>
                this.query('SELECT').then(
                    () => false,
                    () => true,
                ),
            'the end of PostgreSQL',
        );
    }

    /** So many follow it, and have received all that it has committed. */
    untilFollowed(count = 1) {
        const sql =
            "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn >= pg_current_wal_flush_lsn()";
        return eventually(async () => (await this.value(sql)) === `${count}`, `${count} to have it all`);
    }

    /** A standby becomes a primary, on a timeline of its own. */
    promote() {
        return this.query('SELECT pg_promote()');
    }

    async remove() {
        this.#child.stdin.end();
        await once(this.#child, 'close');
    }
}
