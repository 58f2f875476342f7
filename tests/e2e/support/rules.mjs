// Reads what deploy/ has for Prometheus and Grafana, as far as the tests need it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

const deployed = (name) => readFile(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8');

/** A scalar of YAML on one line: plain, or in single quotes. */
function scalar(text) {
    if (!text.startsWith("'")) return text;
    assert.match(text, /^'(?:[^']|'')*'$/);
    return text.slice(1, -1).replaceAll("''", "'");
}

/**
 * The alerts of relevo.rules.yml, which is laid out so that this can read it: { alert, expr, for, severity,
 * summary, description }.
 */
export async function readAlerts() {
    const alerts = [];
    const [, rules] = (await deployed('prometheus/relevo.rules.yml')).split('\n    rules:\n');
    for (const line of rules.trimEnd().split('\n')) {
        const [, begins, key, value] =
            /^ {6}(- | {2}) *([a-z]+):(?: (.+))?$/.exec(line) ?? assert.fail(`not understood: ${line}`);
        if (begins === '- ') alerts.push({});
        if (value !== undefined) alerts.at(-1)[key] = scalar(value);
    }
    return alerts;
}

/** The alerts that relevo.rules.test.yml sees not to fire, and those that it sees fire. */
export async function readAlertTests() {
    const found = { quiet: new Set(), firing: new Set() };
    const text = await deployed('prometheus/relevo.rules.test.yml');
    for (const [, alert, value] of text.matchAll(
        /ALERTS\{alertname="(\w+)", alertstate="firing"\}.*\n.*\n +exp_samples: \[\{labels: '\{\}', value: (\d)\}\]/g,
    ))
        found[value === '0' ? 'quiet' : 'firing'].add(alert);
    return found;
}

export const readDashboard = async () => JSON.parse(await deployed('grafana/relevo.json'));

/** What the dashboard asks of Prometheus, with an interval where Grafana would put one. */
export function queriesOf(dashboard) {
    const ask = (expr) => expr.replaceAll('$__rate_interval', '5m');
    const annotations = dashboard.annotations.list.flatMap(({ expr }) => expr ?? []);
    return [
        ...dashboard.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => expr)),
        ...annotations,
    ].map(ask);
}

/**
 * The series that an expression asks for: { name, matchers: [{ label, operator, value }], by: the labels that
 * it is summed by }.
 */
export function seriesOf(expr) {
    const by = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) => labels.split(/, */));
    return [...expr.matchAll(/\b((?:relevo|process)_[a-z0-9_]+|up)\b(?:\{([^}]*)\})?/g)].map(
        ([, name, labels = '']) => ({
            name,
            by,
            matchers: [...labels.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(
                ([, label, operator, value]) => ({ label, operator, value }),
            ),
        }),
    );
}
