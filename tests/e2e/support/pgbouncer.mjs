// PgBouncer, in front of a PostgreSQL that is reached through a unix socket.

import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, start } from './process.mjs';

// It will not run as root. As the user that a cluster of ours runs as then, it is let in.
const asAnother =
    process.getuid() === 0 ? ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups'] : [];

export class PgBouncer {
    /** In front of `database`; `bouncer.database` leads through it. */
    static async start(database, settings) {
        const folder = await mkdtemp(join(tmpdir(), 'relevo-pgbouncer-'));
        await chmod(folder, 0o777);
        const bouncer = new PgBouncer(folder, database);
        await bouncer.start(settings);
        return bouncer;
    }

    #child;

    constructor(folder, behind) {
        this.folder = folder;
        this.behind = behind;
        this.database = behind.via({ PGHOST: folder, PGPORT: '6432' });
    }

    async start(settings) {
        const { PGHOST, PGPORT } = this.behind.environment;
        const all = {
            listen_addr: '',
            listen_port: 6432,
            unix_socket_dir: this.folder,
            auth_type: 'any',
            pidfile: '',
            logfile: '',
            max_client_conn: 200,
            default_pool_size: 40,
            server_check_delay: 0,
            ...settings,
        };
        const lines = Object.entries(all)
            .map(([name, value]) => `${name} = ${value}\n`)
            .join('');
        const configuration = join(this.folder, 'pgbouncer.ini');
        await writeFile(
            configuration,
            `[databases]\n* = host=${PGHOST} port=${PGPORT} user=relevo\n[pgbouncer]\n${lines}`,
        );
        this.#child = start(
            'setpriv',
            [...asAnother, '--pdeathsig', 'KILL', 'pgbouncer', '-q', configuration],
            { stdio: 'ignore' },
        );
        await eventually(() => this.database.value('SELECT 1').catch(() => false), 'PgBouncer');
    }

    async stop() {
        this.#child.kill('SIGKILL');
        await once(this.#child, 'close');
        await rm(join(this.folder, '.s.PGSQL.6432'), { force: true });
    }

    async remove() {
        if (this.#child.exitCode === null && this.#child.signalCode === null) await this.stop();
        await rm(this.folder, { recursive: true });
    }
}
