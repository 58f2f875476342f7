// Reads Prometheus' text format, strictly: what the format demands and what its conventions ask for is an
// error where it is missing. https://prometheus.io/docs/instrumenting/exposition_formats/,
// https://prometheus.io/docs/practices/naming/

import assert from 'node:assert/strict';

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const TYPES = ['counter', 'gauge', 'histogram'];
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABELS = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const VALUE = /^(\+Inf|-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?)$/;
const SMALLER_UNITS = /_(ms|us|ns|milliseconds|microseconds|minutes|hours|kb|mb|kilobytes|percent)(_|$)/;

export class Metrics {
    families = new Map(); // by name: { type, help, samples: by their labels, as text }

    constructor(text) {
        assert.ok(text.endsWith('\n'), 'the last line is ended');
        let family;
        for (const line of text.slice(0, -1).split('\n')) {
            const [, keyword, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
            if (keyword === 'HELP') family = this.#begin(name, rest);
            else if (keyword === 'TYPE') this.#type(family, name, rest);
            else this.#sample(family, line);
        }
        for (const each of this.families.values()) check(each);
    }

    /** The value of a sample, such as relevo_clients{role="agent"}. */
    value(sample) {
        for (const { samples } of this.families.values()) if (samples.has(sample)) return samples.get(sample);
        throw new Error(`there is no ${sample}`);
    }

    #begin(name, help) {
        assert.match(name, NAME);
        assert.ok(!this.families.has(name), `${name} is described twice`);
        const family = { name, help, samples: new Map() };
        this.families.set(name, family);
        return family;
    }

    #type(family, name, type) {
        assert.equal(family?.name, name, 'TYPE follows HELP');
        assert.equal(family.type, undefined, `${name} has one type`);
        assert.ok(TYPES.includes(type), type);
        family.type = type;
    }

    #sample(family, line) {
        const [, name, labels = '', value] = SAMPLE.exec(line) ?? assert.fail(`no sample: ${line}`);
        assert.ok(family?.type, `${line} comes after its TYPE`);
        const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
        assert.ok(
            suffixes.some((suffix) => name === family.name + suffix),
            `${name} is not of ${family.name}`,
        );
        LABELS.lastIndex = 0;
        while (LABELS.lastIndex < labels.length) assert.ok(LABELS.test(labels), `labels: ${line}`);
        assert.match(value, VALUE, line);
        const key = line.slice(0, line.lastIndexOf(' '));
        assert.ok(!family.samples.has(key), `${key} comes twice`);
        family.samples.set(key, value === '+Inf' ? Infinity : Number(value));
    }
}

function check({ name, help, type, samples }) {
    assert.ok(samples.size > 0, `${name} has samples`);
    assert.match(help, /\.$/, name);
    assert.doesNotMatch(name, SMALLER_UNITS);
    assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
    assert.doesNotMatch(name, /_(count|sum|bucket|gauge|counter|histogram)$/);
    if (type === 'counter') for (const value of samples.values()) assert.ok(value >= 0, name);
    if (type === 'histogram') checkHistogram(name, samples);
}

/** One histogram for each set of labels, `le` apart. */
function checkHistogram(name, samples) {
    const sets = new Set(
        [...samples.keys()]
            .filter((key) => key.startsWith(`${name}_count`))
            .map((key) => key.slice(`${name}_count`.length)),
    );
    assert.ok(sets.size > 0, name);
    for (const labels of sets) checkBuckets(name, samples, labels);
}

function checkBuckets(name, samples, labels) {
    const begin = labels === '' ? `${name}_bucket{le=` : `${name}_bucket${labels.slice(0, -1)},le=`;
    const buckets = [...samples].filter(([key]) => key.startsWith(begin));
    const bounds = buckets.map(([key]) => Number(/le="([^"]+)"/.exec(key)[1].replace('+Inf', 'Infinity')));
    assert.equal(bounds.at(-1), Infinity, name);
    for (let i = 1; i < buckets.length; i++) {
        assert.ok(bounds[i] > bounds[i - 1], `${name}: ${bounds[i]} after ${bounds[i - 1]}`);
        assert.ok(buckets[i][1] >= buckets[i - 1][1], `${name} adds up`);
    }
    assert.equal(buckets.at(-1)[1], samples.get(`${name}_count${labels}`), name);
    assert.ok(samples.has(`${name}_sum${labels}`), name);
}
