// What relevo says, and exits with, when it has been told something wrong: 2 where the command line is, 78
// where the environment or the database's schema is, 1 where the world is.

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { once } from 'node:events';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { migrate, relevo, Server } from './support/server.mjs';
import { SECRET } from './support/token.mjs';
import { test } from './support/whole.mjs';

const folder = await mkdtemp(join(tmpdir(), 'relevo-files-'));
after(() => rm(folder, { recursive: true }));

const secret = { RELEVO_SECRET: undefined };
const file = async (name, text) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
};

async function fails(args, code, says, options) {
    const result = await relevo(args, options);
    const { stderr } = result;
    assert.equal(result.code, code, stderr);
    if (says instanceof RegExp) assert.match(stderr, says);
    else assert.equal(stderr, `relevo: ${says}\n`);
}

test('help and the version are told', async () => {
    const help = await relevo(['--help']);
    assert.equal(help.code, 0);
    for (const verb of [
        'serve',
        'migrate',
        'token',
        'revoke',
        'tail',
        'health',
        'config',
        'check',
        'secret',
    ]) {
        assert.match(help.stdout, new RegExp(`^  ${verb} `, 'm'));
        const more = await relevo([verb, '--help']);
        assert.equal(more.code, 0);
        assert.match(more.stdout, new RegExp(`^Usage: relevo ${verb} `));
    }
    for (const asked of ['--version', 'version'])
        assert.match((await relevo([asked])).stdout, /^relevo \d+\.\d+\.\d+\n$/);
});

for (const [args, says] of [
    [[], 'a command is missing; relevo --help lists them'],
    [['serv'], 'serv: there is no such command; did you mean serve?'],
    [['explode'], 'explode: there is no such command; relevo --help lists them'],
    [['serve', '--lisen', 'x'], '--lisen: relevo serve has no such option; did you mean --listen?'],
    [['serve', '--colour'], '--colour: relevo serve has no such option; relevo serve --help lists them'],
    [['serve', 'now'], 'now: relevo serve takes no such argument; relevo serve --help lists its options'],
    [['serve', '--listen'], '--listen needs a HOST:PORT'],
    [['serve', '--listen', ''], '--listen is empty; give it a HOST:PORT or leave it out'],
    [
        ['serve', '--listen', '127.0.0.1'],
        '--listen 127.0.0.1: HOST:PORT is expected, as in 127.0.0.1:7681, [::1]:7681 or *:7681',
    ],
    [
        ['serve', '--listen', '127.0.0.1:65536'],
        '--listen 127.0.0.1:65536: HOST:PORT is expected, as in 127.0.0.1:7681, [::1]:7681 or *:7681',
    ],
    [['serve', '--demo=yes'], '--demo takes no value'],
    [['serve', '--demo-anywhere'], '--demo-anywhere says nothing without --demo'],
    [
        ['serve', '--origin', 'https://Example.com/'],
        /--origin https:\/\/Example.com\/: scheme:\/\/host\[:port\] is expected/,
    ],
    [['token', '--agent', 'ana'], '--workspace is missing: whom is the token for?'],
    [['token', '--workspace', 'w'], '--agent is missing: whom is the token for?'],
    [['revoke', '--workspace', 'w'], '--agent is missing: whose tokens?'],
    [
        ['token', '--workspace', 'w', '--agent', 'a', '--role', 'owner'],
        '--role owner: agent, supervisor, automation or channel is expected',
    ],
    [
        ['token', '--workspace', 'w', '--agent', 'a', '--ttl', '1y'],
        '--ttl 1y: a time of at most 366d is expected, as in 90s, 30m, 8h or 7d',
    ],
    [
        ['token', '--workspace', 'w'.repeat(65), '--agent', 'a'],
        `--workspace ${'w'.repeat(65)}: 1 to 64 bytes of UTF-8 text are expected`,
    ],
])
    test(`a wrong command line is told what is right: relevo ${args.join(' ')}`.slice(0, 100), () =>
        fails(args, 2, says),
    );

test('a wrong environment is told what is right', async () => {
    const serve = (env) => [['serve'], 78, env];
    for (const [[args, code, env], says] of [
        [
            serve(secret),
            /^relevo: no secret to sign tokens with: set RELEVO_SECRET_FILE .*; or try --demo\n$/,
        ],
        [
            serve({ RELEVO_SECRET: 'short' }),
            'RELEVO_SECRET: 32 to 1024 bytes are expected, as `relevo secret` prints them',
        ],
        [
            serve({ RELEVO_LISTEN: 'nowhere' }),
            'RELEVO_LISTEN nowhere: HOST:PORT is expected, as in 127.0.0.1:7681, [::1]:7681 or *:7681',
        ],
        [serve({ RELEVO_LISTN: 'x' }), 'RELEVO_LISTN: there is no such setting; did you mean RELEVO_LISTEN?'],
        [
            serve({ RELEVO_SECRET_FILE: join(folder, 'none'), ...secret }),
            `RELEVO_SECRET_FILE ${join(folder, 'none')}: there is no such file`,
        ],
        [
            serve({ RELEVO_SECRET_FILE: await file('s', 'x'.repeat(40)) }),
            'RELEVO_SECRET and RELEVO_SECRET_FILE are both set; keep one of them',
        ],
    ])
        await fails(args, code, says, { env });
});

test('no secret is ever shown', async () => {
    const { stderr } = await relevo(['serve'], { env: { RELEVO_SECRET: 'hunter2' } });
    assert.doesNotMatch(stderr, /hunter2/);
});

test('a secret may come from a file, and ends where its line does', async () => {
    const [bare, line] = [await file('bare', 'x'.repeat(40)), await file('line', `${'x'.repeat(40)}\n`)];
    const args = ['token', '--workspace', 'w', '--agent', 'a', '--secret-file'];
    const tokens = await Promise.all([bare, line].map((path) => relevo([...args, path], { env: secret })));
    assert.deepEqual(
        tokens.map(({ code }) => code),
        [0, 0],
    );
});

test('config shows every setting, and who set it', async () => {
    const path = await file('database', 'postgresql://relevo:hunter2@db.example.com/relevo\n');
    await chmod(path, 0o600);
    const result = await relevo(['config', '--listen', '*:80'], {
        env: { DATABASE_URL_FILE: path, RELEVO_ORIGINS: 'https://a.b, https://c.d' },
    });
    assert.deepEqual([result.code, result.stderr], [0, '']);
    const lines = result.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/));
    assert.deepEqual(
        lines.filter(([name]) => /^--(listen|origin|web-root|database|demo|secret-file)$/.test(name)),
        [
            ['--listen', '*:80', 'flag'],
            ['--origin', 'https://a.b, https://c.d', 'environment RELEVO_ORIGINS'],
            ['--web-root', '(not set)', 'default'],
            ['--database', 'user=relevo password=*** dbname=relevo host=db.example.com', `file ${path}`],
            ['--secret-file', `(set, ${SECRET.length} bytes)`, 'environment RELEVO_SECRET'],
            ['--demo', 'no', 'default'],
        ],
    );
});

test('every command takes a file of settings, and config says in which line of it a setting stands', async () => {
    const path = await file(
        'relevo.env',
        `# settings\nRELEVO_SECRET=${SECRET}\nRELEVO_LISTEN=*:80\nRELEVO_LANES=3\n`,
    );
    await chmod(path, 0o600);
    const result = await relevo(['config', '--lanes', '4', '--env-file', path], { env: secret });
    assert.deepEqual([result.code, result.stderr], [0, '']);
    const lines = result.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/));
    assert.deepEqual(
        lines.filter(([name]) => /^--(env-file|listen|lanes|secret-file)$/.test(name)),
        [
            ['--env-file', path, 'flag'],
            ['--listen', '*:80', `file ${path}:3`],
            ['--lanes', '4', 'flag'],
            ['--secret-file', `(set, ${SECRET.length} bytes)`, `file ${path}:2`],
        ],
    );
    const wrong = await file('wrong.env', 'RELEVO_LISTN=x\n');
    for (const verb of ['serve', 'migrate', 'token', 'revoke', 'tail', 'health', 'config', 'check'])
        await fails(
            [verb, '--env-file', wrong],
            78,
            `${wrong}:1: RELEVO_LISTN: there is no such setting; did you mean RELEVO_LISTEN?`,
        );
    await chmod(path, 0o644);
    const token = ['token', '--workspace', 'w', '--agent', 'a', '--env-file', path];
    assert.match(
        (await relevo(token, { env: secret })).stderr,
        /level=warn event=secret_exposed file=".*relevo\.env"/,
    );
});

test('what a file of settings says of PG* holds for the database, unless the environment says otherwise', async (t) => {
    const one = await database(t);
    await migrate(one);
    const { PGHOST, ...others } = one.environment;
    const path = await file('pg.env', `PGHOST=${PGHOST}\nPGUSER=nobody_is_called_so\n`);
    const args = ['revoke', '--workspace', 'w', '--agent', 'ana', '--env-file', path];
    const { code, stderr } = await relevo(args, { env: { PGUSER: 'relevo', ...others } });
    assert.deepEqual([code, stderr], [0, '']);
});

test('config shows no password, however the database is named', async () => {
    for (const database of [
        'postgresql://u:hunter2@h/d',
        'postgresql://h/d?user=u&password=hunter2',
        "host=h password='hunter2'",
        'postgresql://u:hun@ter2@h/',
        'postgresql://u:hun/ter2@h/d',
    ])
        assert.doesNotMatch((await relevo(['config', '--database', database])).stdout, /hun|ter2/);
});

test('config refuses what serve refuses', async () => {
    for (const [args, env] of [
        [['--lisen=x']],
        [['--listen', 'x']],
        [[], secret],
        [[], { RELEVO_LISTN: 'x' }],
    ]) {
        const [one, other] = await Promise.all(
            ['serve', 'config'].map((verb) => relevo([verb, ...args], { env })),
        );
        assert.notEqual(other.code, 0);
        assert.deepEqual(
            [other.code, other.stderr.replaceAll('relevo config', 'relevo serve')],
            [one.code, one.stderr],
        );
    }
});

test('a secret that others can read is warned of', async () => {
    const path = await file('readable', 'x'.repeat(40));
    const args = ['token', '--workspace', 'w', '--agent', 'a', '--secret-file', path];
    await chmod(path, 0o644);
    assert.match(
        (await relevo(args, { env: secret })).stderr,
        /level=warn event=secret_exposed file=".*readable"/,
    );
    await chmod(path, 0o640);
    assert.equal((await relevo(args, { env: secret })).stderr, '');
});

test('a port that is taken is named: 1', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    atEnd(t, () => taken.close());
    const { port } = taken.address();
    await fails(
        ['serve', '--listen', `127.0.0.1:${port}`],
        1,
        new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: address already in use`),
    );
});

test('a demo that other machines can reach is refused: 78', () =>
    fails(
        ['serve', '--demo', '--listen', '0.0.0.0:0'],
        78,
        /--demo signs everybody in, but 0\.0\.0\.0:\d+ can be reached from other machines/,
    ));

test('a page that is not there is named: 78', () =>
    fails(
        ['serve', '--listen', '127.0.0.1:0', '--web-root', folder],
        78,
        `--web-root ${folder}: no index.html in it`,
    ));

// --- The database's schema ---------------------------------------------------------------------------------

async function database(t) {
    const made = await createDatabase();
    atEnd(t, () => made.drop());
    return made;
}

test('migrating twice changes nothing the second time', async (t) => {
    const one = await database(t);
    await migrate(one);
    await migrate(one);
});

test('two that migrate at once do it once', async (t) => {
    const one = await database(t);
    await Promise.all([migrate(one), migrate(one), migrate(one)]);
});

test('a database without the schema for it cannot revoke: 78', async (t) => {
    const args = ['revoke', '--workspace', 'w', '--agent', 'ana'];
    await fails(args, 78, /^relevo: the database says: .*: run `relevo migrate` first\n$/, {
        database: await database(t),
    });
    await fails(args, 1, /^relevo: the database cannot be reached: /, {
        env: { DATABASE_URL: 'postgresql://127.0.0.1:1/none' },
    });
});

test('health tells whether a server is ready', async (t) => {
    const one = await database(t);
    await migrate(one);
    const server = await Server.start(one);
    const args = ['health', '--url', `${server.origin}/readyz`];
    const healthy = await relevo(args);
    await server.stop();
    assert.deepEqual([healthy.code, healthy.stdout], [0, 'database: ok\nstopping: no\n']);
    const gone = await relevo(args);
    assert.equal(gone.code, 1);
    assert.equal(gone.stderr, `relevo: cannot reach 127.0.0.1 port ${server.port}: Connection refused\n`);
});

test('a fresh secret is good to sign with, and another each time', async () => {
    const [one, other] = await Promise.all([relevo(['secret']), relevo(['secret'])]);
    assert.match(one.stdout, /^[A-Za-z0-9+/]{64}\n$/);
    assert.notEqual(one.stdout, other.stdout);
    const token = await relevo(
        ['token', '--workspace', 'w', '--agent', 'ana', '--secret-file', await file('fresh', one.stdout)],
        { env: secret },
    );
    assert.equal(token.code, 0, token.stderr);
    const full = await relevo([], { under: ['sh', '-c', 'exec "$0" secret >/dev/full'] });
    assert.equal(full.code, 1, 'who cannot write it says so');
});
