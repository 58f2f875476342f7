// The Debian package: what is in it, and what its scripts do to a system. Each test has a mount namespace, in
// which /usr has the package's files besides, and /etc is a copy.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { after } from 'node:test';
import { run } from './support/process.mjs';
import { test } from './support/whole.mjs';

const project = new URL('../..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'relevo-package-'));
after(() => rm(folder, { recursive: true }));

async function must(command, args, options) {
    const { code, stdout, stderr } = await run(command, args, { cwd: project, ...options });
    assert.equal(code, 0, `${command} ${args.join(' ')}: ${stderr}${stdout.slice(-2000)}`);
    return stdout;
}

await must('./dev', ['package']);
const [name] = (await readdir(join(project, 'build/package'))).filter((each) => each.endsWith('.deb'));
const deb = join(project, 'build/package', name);
const [tree, scripts] = [join(folder, 'tree'), join(folder, 'scripts')];
await must('dpkg-deb', ['-x', deb, tree]);
await must('dpkg-deb', ['-e', deb, scripts]);

const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
const clean = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];

/**
 * How a mount namespace is had here. In a root that is not mounted itself (a chroot's), one that is has to be
 * made first; undefined: not at all.
 */
async function findWayIn() {
    const usual = ['unshare', '--mount'];
    const place = await mkdtemp(join(tmpdir(), 'relevo-root-'));
    after(() => rmdir(place)); // and nothing that might be mounted there
    const mounted = [
        'unshare',
        '--mount',
        '--propagation',
        'unchanged',
        'sh',
        '-euc',
        `
        mount --rbind / ${place}
        mount --make-rprivate ${place}
        trap 'umount -l ${place}' EXIT
        chroot ${place} unshare --mount "$@"`,
        'sh',
    ];
    for (const way of [usual, mounted]) {
        const [command, ...args] = [...asRoot, ...clean, ...way, 'true'];
        if ((await run(command, args)).code === 0) return way;
    }
    return undefined;
}

const wayIn = await findWayIn();

/** Runs a script as root of a system that has the package unpacked: what it prints. */
async function within(script) {
    const [command, ...args] = [
        ...asRoot,
        ...clean,
        ...wayIn,
        'sh',
        '-euc',
        `
        mount -t tmpfs none /mnt
        mkdir /mnt/etc
        cp -a /etc/. ${tree}/etc/. /mnt/etc/
        chown root: /mnt/etc/relevo /mnt/etc/relevo/*
        mount --bind /mnt/etc /etc
        mount -t overlay -o lowerdir=${tree}/usr:/usr none /usr
        mount -t tmpfs none /run
        scripts=${scripts}
        ${script}`,
    ];
    return must(command, args);
}

/** Needs more than an ordinary container is allowed. */
const systemTest = (name, body) =>
    test(name, { skip: wayIn === undefined && 'no mount namespace is to be had here' }, body);

test('a link in a paper leads to what is in the package', async () => {
    const doc = join(tree, 'usr/share/doc/relevo');
    const papers = (await readdir(doc, { recursive: true })).filter((each) => each.endsWith('.md'));
    for (const paper of [
        'README.md',
        'SECURITY.md',
        'CHANGELOG.md',
        'docs/operating.md',
        'protocol/PROTOCOL.md',
    ])
        assert.ok(papers.includes(paper), paper);
    for (const paper of papers) {
        const text = await readFile(join(doc, paper), 'utf8');
        for (const [, link] of text.matchAll(/\]\((?!\w+:|#)([^)#]+)[^)]*\)/g)) {
            await assert.doesNotReject(stat(join(doc, dirname(paper), link)), `${paper} leads to ${link}`);
        }
    }
});

test('each file that the manual names is in the package, or made by it', async () => {
    const text = await readFile(join(project, 'docs/operating.md'), 'utf8');
    const named = [
        ...text.matchAll(/(?<![\w.])(?:\/usr\/share\/doc\/relevo\/[\w./-]+|\/etc\/relevo\/[\w.]+)/g),
    ].map(([path]) => normalize(path));
    const made = ['/etc/relevo/secret', '/etc/relevo/previous-secret', '/etc/relevo/database'];
    for (const path of new Set(named))
        if (!made.includes(path)) await assert.doesNotReject(stat(join(tree, path)), path);
    assert.ok(named.length > 5);
});

test('it depends on what makes the users, and belongs to somebody', async () => {
    const fields = await must('dpkg-deb', ['-f', deb]);
    assert.match(fields, /^Depends: .*systemd \| systemd-standalone-sysusers/m);
    assert.match(fields, /^Maintainer: \S.* <\S+@\S+>$/m);
    assert.doesNotMatch(fields, /^Maintainer: .*localhost/m);
});

systemTest(
    'as root, before the first start: the secret, and each command as the services would run it',
    async () => {
        const manual = await readFile(join(project, 'docs/operating.md'), 'utf8');
        const [making] = /^secret=\$\(relevo secret\).*$/m.exec(manual);
        const said = await within(`
        "$scripts/postinst" configure ''
        stat -c '%a %U:%G %n' /etc/relevo/*
        relevo-admin check 2>&1 && exit 1
        (PATH=/nowhere; ${making} 2>/dev/null) && exit 1
        test ! -e /etc/relevo/secret
        ${making}
        stat -c '%a %U:%G %s %n' /etc/relevo/secret
        relevo-admin config | grep -e --secret-file
        relevo-admin token --workspace w --agent ana
        relevo-admin check --database 'host=/nowhere' 2>&1 || true
        relevo-admin revoke --workspace w --agent ana --database 'host=/nowhere' 2>&1 && exit 1
        relevo-admin 2>&1 && exit 1
        setpriv --reuid nobody relevo-admin check 2>&1 && exit 1
        setpriv --reuid nobody cat /etc/relevo/secret 2>&1 && exit 1
        setpriv --reuid relevo --regid relevo --clear-groups cat /etc/relevo/owner.env 2>&1 && exit 1
        true`);
        assert.match(
            said,
            /^640 root:relevo_owner \/etc\/relevo\/owner.env\n640 root:relevo \/etc\/relevo\/relevo.env$/m,
        );
        assert.match(said, /RELEVO_SECRET_FILE \/etc\/relevo\/secret: there is no such file/);
        assert.match(said, /^640 root:relevo 65 \/etc\/relevo\/secret$/m);
        assert.match(said, /^--secret-file +\(set, 64 bytes\) +file \/etc\/relevo\/secret/m);
        assert.match(said, /^eyJ/m);
        assert.match(said, /^ok +settings: /m);
        assert.match(said, /^FAILED +database: /m);
        assert.match(said, /only root can become relevo/);
        assert.equal(said.match(/Permission denied/g).length, 2);
    },
);

systemTest('systemd understands the units, and finds what they start', async () => {
    const said = await within(
        'systemd-sysusers relevo.conf 2>/dev/null; systemd-analyze verify --man=no relevo.service relevo-migrate.service relevo.socket 2>&1',
    );
    assert.equal(said, '');
});

systemTest('an upgrade leaves what somebody has set, and purge nothing at all', async () => {
    const said = await within(`
        "$scripts/postinst" configure ''
        chmod 600 /etc/relevo/relevo.env
        relevo secret >/etc/relevo/secret
        mkdir -p /etc/systemd/system/multi-user.target.wants /etc/systemd/system/sockets.target.wants /etc/systemd/system/relevo.service.d
        ln -s /lib/systemd/system/relevo.service /etc/systemd/system/multi-user.target.wants/
        ln -s /lib/systemd/system/relevo.socket /etc/systemd/system/sockets.target.wants/
        ln -s /dev/null /etc/systemd/system/relevo-migrate.service
        echo '[Service]' >/etc/systemd/system/relevo.service.d/override.conf
        "$scripts/prerm" upgrade 1
        "$scripts/postrm" upgrade 1
        "$scripts/postinst" configure 0.1
        stat -c '%a %n' /etc/relevo/relevo.env
        "$scripts/prerm" remove
        "$scripts/postrm" remove
        test -e /etc/relevo/secret
        "$scripts/postrm" purge
        echo left:
        find /etc -name '*relevo*'
        grep -l relevo /etc/passwd /etc/group /etc/shadow /etc/gshadow || true
        "$scripts/postrm" purge`);
    assert.match(said, /^600 \/etc\/relevo\/relevo.env$/m);
    assert.equal(said.slice(said.indexOf('left:')), 'left:\n');
});

test("the nginx of Debian takes its site, which says what the container's does", async () => {
    const doc = join(tree, 'usr/share/doc/relevo/deploy');
    const [one, other] = await Promise.all(
        ['nginx.conf', 'nginx-site.conf'].map((each) => readFile(join(doc, each), 'utf8')),
    );
    const locations = (text) =>
        text
            .slice(text.indexOf('location / {'), text.indexOf('return 404;'))
            .replace(/^ +/gm, '')
            .replaceAll('$relevo_connection', '$connection_header');
    assert.ok(locations(one).includes('proxy_pass'));
    assert.equal(locations(other), locations(one));
    const [certificate, key] = [join(folder, 'certificate'), join(folder, 'key')];
    await must('openssl', [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-noenc',
        '-days',
        '1',
        '-subj',
        '/CN=localhost',
        '-keyout',
        key,
        '-out',
        certificate,
    ]);
    const site = other
        .replace('/etc/ssl/certs/ssl-cert-snakeoil.pem', certificate)
        .replace('/etc/ssl/private/ssl-cert-snakeoil.key', key)
        .replace(/^( +listen ).*?(\d+)( ssl)?;$/gm, (line, listen, port, tls = '') =>
            line.includes('[::]') ? '' : `${listen}unix:${folder}/${port}${tls};`,
        );
    await writeFile(join(folder, 'site'), site);
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((each) => `${each}_temp_path ${folder}/${each};`)
        .join(' ');
    await writeFile(
        join(folder, 'nginx.conf'),
        `events {}\npid ${folder}/pid;\nhttp { access_log off; ${places} include ${folder}/site; }\n`,
    );
    await must('nginx', ['-t', '-q', '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    });
});
