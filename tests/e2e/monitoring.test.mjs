// What operators are given to watch with: alert rules, a dashboard, a scrape configuration. Prometheus itself
// reads them, and all that they ask for is there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atEnd } from './support/at_end.mjs';
import { Metrics } from './support/metrics.mjs';
import { queriesOf, readAlerts, readAlertTests, readDashboard, seriesOf } from './support/rules.mjs';
import { test, useServer } from './support/whole.mjs';

const root = new URL('../../', import.meta.url).pathname;
const rules = join(root, 'deploy/prometheus/relevo.rules.yml');
const manual = await readFile(join(root, 'docs/operating.md'), 'utf8');
const { server } = await useServer({ args: ['--admin-listen', '127.0.0.1:0'] });
const [, admin] = await server.untilLogged(/admin="([^"]+)"/);
const text = await (await fetch(`http://${admin}/metrics`)).text();
const metrics = new Metrics(text);
const alerts = await readAlerts();
const dashboard = await readDashboard();

/** What promtool says of it, which finds nothing wrong. */
async function promtool(...args) {
    const { stdout, stderr } = await promisify(execFile)('promtool', args);
    return stdout + stderr;
}

async function directory(t) {
    const path = await mkdtemp(join(tmpdir(), 'relevo-monitoring-'));
    atEnd(t, () => rm(path, { recursive: true }));
    return path;
}

/** The block of this language in docs/operating.md that has these words in it. */
function example(language, words) {
    const found = [...manual.matchAll(/\n```(\w*)\n([^]*?)\n```\n/g)].find(
        ([, each, block]) => each === language && block.includes(words),
    );
    assert.ok(found, `no ${language} with ${words}`);
    return found[2];
}

test('what is served is as Prometheus would have it', async () => {
    const checking = promisify(execFile)('promtool', ['check', 'metrics']);
    checking.child.stdin.end(text);
    const { stdout, stderr } = await checking;
    assert.equal(stdout + stderr, '');
});

test('the rules are understood, and each alert fires when it should and not before', async () => {
    assert.match(
        await promtool('check', 'rules', rules),
        new RegExp(`SUCCESS: ${alerts.length} rules found`),
    );
    assert.match(await promtool('test', 'rules', rules.replace('.yml', '.test.yml')), /SUCCESS/);
    const { quiet, firing } = await readAlertTests();
    const names = alerts.map(({ alert }) => alert).sort();
    assert.deepEqual([...quiet].sort(), names, 'each is seen not to fire');
    assert.deepEqual([...firing].sort(), names, 'and to fire');
});

test('every alert says what it is and what to do', () => {
    for (const { alert, severity, summary, description } of alerts) {
        assert.match(alert, /^Relevo[A-Z]\w+$/);
        assert.ok(['critical', 'warning'].includes(severity), alert);
        assert.ok(summary.length > 10 && description.length > 20, alert);
    }
});

test("the operator's page lists the alerts as the rules have them", () => {
    const [, table] = manual.split(
        '\n| alert | when | for | severity | what it means, and what to do |\n|---|---|---|---|---|\n',
    );
    const rows = table.split('\n\n')[0].split('\n');
    const expected = alerts.map(
        (each) =>
            `| ${each.alert} | \`${each.expr.replaceAll('|', '\\|')}\` | ${each.for} | ${each.severity} | ${each.summary}. ${each.description} |`,
    );
    assert.deepEqual(rows, expected);
});

/** The labels that each sample of this name has: [{ label: value }]. */
function labelsOf(name) {
    const found = [];
    for (const { samples } of metrics.families.values())
        for (const sample of samples.keys())
            if (sample === name || sample.startsWith(`${name}{`))
                found.push(
                    Object.fromEntries(
                        [...sample.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]),
                    ),
                );
    return found;
}

/** Put there by whoever scrapes. */
const SCRAPED = ['job', 'instance'];

function expectServed(expr) {
    const series = seriesOf(expr);
    assert.ok(series.length > 0, expr);
    for (const { name, matchers, by } of series) {
        if (name === 'up') continue; // Prometheus' own
        const served = labelsOf(name);
        assert.ok(served.length > 0, `${name} is not served: ${expr}`);
        for (const { label, operator, value } of matchers.filter((each) => !SCRAPED.includes(each.label)))
            for (const wanted of operator === '=~' ? value.split('|') : [value])
                assert.ok(
                    served.some((labels) => labels[label] === wanted),
                    `${name} with ${label}="${wanted}" is not served`,
                );
        for (const label of by.filter((each) => !SCRAPED.includes(each)))
            assert.ok(
                served.some((labels) => label in labels),
                `${name} has no ${label}`,
            );
    }
}

test('whatever the alerts and the dashboard ask for is served, with its labels', () => {
    for (const { expr } of alerts) expectServed(expr);
    for (const expr of queriesOf(dashboard)) expectServed(expr);
});

test("whatever the alerts' advice names is there", async () => {
    const files = (await readdir(join(root, 'server'), { recursive: true })).filter((name) =>
        name.endsWith('.c'),
    );
    const sources = (
        await Promise.all(files.map((name) => readFile(join(root, 'server', name), 'utf8')))
    ).join('\n');
    for (const { alert, description } of alerts) {
        for (const [, event] of description.matchAll(/event=([a-z_]+)/g))
            assert.ok(sources.includes(`("${event}"`), `${alert}: event=${event}`);
        for (const [name] of description.matchAll(/\b(?:relevo|process)_[a-z_]+/g)) {
            const family = [...metrics.families.keys()].includes(name);
            assert.ok(family || labelsOf(name).length > 0, `${alert}: ${name}`);
        }
    }
});

test('Prometheus understands every query of the dashboard', async (t) => {
    const path = join(await directory(t), 'queries.yml');
    const records = queriesOf(dashboard).map(
        (expr, i) => `      - record: query:${i}\n        expr: '${expr.replaceAll("'", "''")}'\n`,
    );
    await writeFile(path, `groups:\n  - name: dashboard\n    rules:\n${records.join('')}`);
    assert.match(
        await promtool('check', 'rules', path),
        new RegExp(`SUCCESS: ${records.length} rules found`),
    );
});

test('the dashboard is one that Grafana can import', () => {
    assert.ok(dashboard.schemaVersion >= 36, 'of Grafana 9');
    assert.deepEqual(
        [dashboard.id, typeof dashboard.uid, typeof dashboard.title],
        [null, 'string', 'string'],
    );
    const [datasource, instance] = dashboard.templating.list;
    assert.deepEqual(
        [datasource.type, datasource.query, datasource.name],
        ['datasource', 'prometheus', 'datasource'],
    );
    assert.deepEqual([instance.type, instance.datasource.uid], ['query', '${datasource}']);
    expectServed(instance.query.query);
    const ids = new Set();
    const taken = new Map(); // "x y": the panel there
    for (const panel of dashboard.panels) {
        assert.ok(Number.isInteger(panel.id) && !ids.has(panel.id), `${panel.title}: its id is its own`);
        ids.add(panel.id);
        assert.ok(['row', 'stat', 'timeseries'].includes(panel.type), panel.type);
        const { x, y, w, h } = panel.gridPos;
        assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24, `${panel.title} is on the grid`);
        for (let column = x; column < x + w; column++)
            for (let line = y; line < y + h; line++) {
                assert.ok(
                    !taken.has(`${column} ${line}`),
                    `${panel.title} covers ${taken.get(`${column} ${line}`)}`,
                );
                taken.set(`${column} ${line}`, panel.title);
            }
        if (panel.type === 'row') continue;
        assert.ok(
            panel.title && panel.description && panel.fieldConfig.defaults.unit,
            `${panel.title}: title, description and unit`,
        );
        assert.equal(panel.datasource.uid, '${datasource}', panel.title);
        assert.ok(panel.targets.length > 0, panel.title);
        assert.equal(
            new Set(panel.targets.map(({ refId }) => refId)).size,
            panel.targets.length,
            panel.title,
        );
        for (const { expr, datasource: of } of panel.targets)
            assert.ok(expr.includes('$instance') && of.uid === '${datasource}', expr);
    }
});

test("the scrape configuration of the operator's page is one", async (t) => {
    const path = join(await directory(t), 'prometheus.yml');
    await writeFile(
        path,
        example('yaml', 'scrape_configs').replace('/etc/prometheus/relevo.rules.yml', rules),
    );
    assert.match(
        await promtool('check', 'config', path),
        /SUCCESS: 1 rule files found[^]*SUCCESS: .*prometheus\.yml is valid/,
    );
    assert.match(example('yaml', 'scrape_configs'), /job_name: relevo\n/, 'as the rules call it');
    assert.equal(
        `${example('yaml', 'scrape_configs')}\n`,
        await readFile(join(root, 'deploy/prometheus/prometheus.yml'), 'utf8'),
        'the file is the same',
    );
});
