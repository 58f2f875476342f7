// Whether a workspace can take a node away from the others: a quiet workspace is measured alone, and then
// beside an attacker who has half a core and does his worst. bench/README.md says how; it exits 1 where a
// bound is not held.

import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDatabase } from '../tests/e2e/support/database.mjs';
import { run, start } from '../tests/e2e/support/process.mjs';
import { migrate, relevo, Server } from '../tests/e2e/support/server.mjs';
import { connectedPerson, Victim } from './tenants/victim.mjs';

const isQuick = process.argv.includes('--quick');
const only = process.argv.slice(2).find((word) => !word.startsWith('--'));
const ALONE_MS = isQuick ? 1000 : 2000;
const BESIDE_MS = isQuick ? 3000 : 8000;
const BOUND_RATIO = 3;
const BOUND_P99_MS = 100;
const BOUND_REVOKE_MS = 10_000;
const BOUND_MEMORY_MB = 20;
const AFTER_MS = 15_000; // within which memory has to be back
const QUICK = [
    'find names',
    'find and go',
    'page and go',
    'history and go',
    'unknown conversations',
    'first screens',
];

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const quantile = (values, part) =>
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
const ms = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

function memoryOf(pid, what) {
    return (
        Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) /
        1024
    );
}

async function fill(database, workspace, conversations, open, isNamedById = false) {
    const settings = { workspace, conversations, open, named_by_id: isNamedById };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
    const { code, stderr } = await run(
        'psql',
        ['-qXAt', '-v', 'ON_ERROR_STOP=1', ...args, '-f', here('support/fill.sql')],
        { env: { ...process.env, ...database.environment } },
    );
    if (code !== 0) throw new Error(stderr);
}

async function revoke(server, agent) {
    const person = await connectedPerson(server.port, 'quiet', agent);
    const begun = performance.now();
    const { code, stderr } = await relevo(['revoke', '--workspace', 'quiet', '--agent', agent], {
        database: server.database,
    });
    if (code !== 0) throw new Error(stderr);
    const closed = await Promise.race([person.closed, sleep(60_000, 'never', { ref: false })]);
    if (closed !== 4001) throw new Error(`who was revoked was closed with ${closed}`);
    return performance.now() - begun;
}

let failures = 0;
const say = (line) => console.log(line);

function judge(holds) {
    if (!holds) failures++;
    return holds ? 'ok' : 'FAILED';
}

function compare(attack, alone, beside) {
    for (const kind of Object.keys(beside)) {
        const [a50, a99, b50, b99] = [
            quantile(alone[kind], 0.5),
            quantile(alone[kind], 0.99),
            quantile(beside[kind], 0.5),
            quantile(beside[kind], 0.99),
        ];
        const holds = b50 <= BOUND_RATIO * a50 && b99 <= Math.max(BOUND_RATIO * a99, BOUND_P99_MS);
        say(
            `tenants attack="${attack}" of="${kind}" n=${beside[kind].length} p50=${ms(b50)} alone=${ms(a50)} ratio=${(b50 / a50).toFixed(2)} ` +
                `p99=${ms(b99)} alone=${ms(a99)} ratio=${(b99 / a99).toFixed(2)} ${judge(holds)}`,
        );
    }
}

/** Waits until the server has given back what it took, or for as long as it may take. */
async function memoryAfter(pid, beforeMb) {
    const until = performance.now() + AFTER_MS;
    while (memoryOf(pid, 'VmRSS') > beforeMb + BOUND_MEMORY_MB && performance.now() < until) await sleep(250);
    return memoryOf(pid, 'VmRSS');
}

async function suffer(attack, number, server, victim, alone) {
    await victim.settle();
    for (const [kind, spent] of Object.entries(await victim.measure(ALONE_MS)))
        (alone[kind] ??= []).push(...spent);
    const beforeMb = memoryOf(server.pid, 'VmRSS');
    writeFileSync(`/proc/${server.pid}/clear_refs`, '5'); // the peak counts from now on
    const attacker = start('node', [here('tenants/attacker.mjs'), attack, String(server.port)], {
        stdio: ['ignore', 'ignore', 'inherit'],
    });
    try {
        await sleep(500);
        const isRevoked = !isQuick || attack === 'page and go';
        const [beside, revokedMs] = await Promise.all([
            victim.measure(BESIDE_MS),
            isRevoked ? revoke(server, `revoked${number}`) : undefined,
        ]);
        const peakMb = memoryOf(server.pid, 'VmHWM');
        attacker.kill('SIGKILL');
        compare(attack, alone, beside);
        if (isRevoked)
            say(
                `tenants attack="${attack}" revoked_s=${(revokedMs / 1000).toFixed(1)} ${judge(revokedMs <= BOUND_REVOKE_MS)}`,
            );
        const afterMb = await memoryAfter(server.pid, beforeMb);
        say(
            `tenants attack="${attack}" memory_mb before=${beforeMb.toFixed(0)} peak=${peakMb.toFixed(0)} after=${afterMb.toFixed(0)} ${judge(afterMb <= beforeMb + BOUND_MEMORY_MB)}`,
        );
    } finally {
        attacker.kill('SIGKILL');
    }
}

const { stdout } = await run('node', [here('tenants/attacker.mjs'), '--list']);
const attacks = JSON.parse(stdout).filter((name) =>
    only ? name === only : !isQuick || QUICK.includes(name),
);
if (attacks.length === 0) throw new Error(`there is no attack ${only}`);
const database = await createDatabase();
let server;
try {
    await migrate(database);
    await fill(database, 'quiet', 20_000, 20);
    await fill(database, 'few', 60, 20);
    await fill(database, 'crowd', isQuick ? 100_000 : 300_000, 50, true);
    await fill(database, 'screen', 18_020, 18_000);
    await database.query('VACUUM ANALYZE');
    await database.query('CHECKPOINT');
    server = await Server.start(database);
    const victim = await Victim.of(server.port, 'quiet');
    const alone = {};
    await victim.measure(ALONE_MS); // warms up
    for (const [number, attack] of attacks.entries()) await suffer(attack, number, server, victim, alone);
} finally {
    await server?.stop();
    await database.drop();
}
say(`tenants ${failures} of the bounds not held`);
process.exit(failures === 0 ? 0 : 1);
