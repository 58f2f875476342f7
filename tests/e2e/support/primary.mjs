// A cluster of the test's own, and another that follows it.

import { atEnd } from './at_end.mjs';
import { Cluster, createDatabase } from './database.mjs';
import { migrate } from './server.mjs';

const FAST = ['fsync = off', 'full_page_writes = off'];

/** A migrated database on a cluster of its own. */
export async function primaryOf(t) {
    const primary = await Cluster.start(...FAST);
    atEnd(t, () => primary.remove());
    const database = await createDatabase(primary);
    await migrate(database);
    return { primary, database };
}

/** A standby that has it all; with it, there are so many. */
export async function standbyOf(t, primary, count = 1) {
    const standby = await Cluster.startStandby(primary, ...FAST);
    atEnd(t, () => standby.remove());
    await primary.untilFollowed(count);
    return standby;
}

/** From now on commits wait for a standby. */
export async function requireStandby(primary) {
    await primary.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await primary.query('SELECT pg_reload_conf()');
}
