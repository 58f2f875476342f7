// The manual page against what --help says: both name the same, and nothing else.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { relevo } from './support/server.mjs';
import { test } from './support/whole.mjs';

const source = await readFile(new URL('../../docs/relevo.1', import.meta.url), 'utf8');
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found);
const sorted = (names) => [...new Set(names)].sort();

/** The text of a section, or of a subsection. */
function section(title, macro = 'Sh') {
    const [, text] = source.split(`\n.${macro} ${title}\n`);
    assert.ok(text !== undefined, `no ${title}`);
    return text.split(macro === 'Sh' ? /^\.Sh /m : /^\.S[hs] /m)[0];
}

async function help(...args) {
    const { code, stdout } = await relevo([...args, '--help']);
    assert.equal(code, 0);
    return stdout;
}

const verbs = all(await help(), /^ {2}(\w+) /gm);
const helps = await Promise.all(verbs.map(async (verb) => [verb, await help(verb)]));

test('the manual describes every command, and no other', () => {
    assert.deepEqual(sorted(all(section('DESCRIPTION'), /^\.It Cm (\w+)$/gm)), sorted(verbs));
});

test('the manual describes every option of every command under a heading that names it, and no other', () => {
    const headings = all(section('OPTIONS'), /^\.Ss (.+)$/gm);
    for (const [verb, text] of helps) {
        const ours = headings.filter(
            (heading) => heading === 'All commands' || heading.split(/[ ,]+/).includes(verb),
        );
        const described = ours
            .flatMap((heading) => all(section(heading, 'Ss'), /^\.It Fl -(\S+)/gm))
            .filter((name) => name !== 'help');
        assert.deepEqual(sorted(described), sorted(all(text, /^ {2}--(\S+)/gm)), `relevo ${verb}`);
    }
});

test('the manual says what an option is given as --help does', () => {
    const given = (pattern, text) =>
        sorted([...text.matchAll(pattern)].map(([, option, value = '']) => `${option} ${value}`));
    const told = given(/^ {2}--(\S+) ([A-Z:]+)? /gm, helps.map(([, text]) => text).join('\n'));
    const described = given(/^\.It Fl -(\S+)(?: Ar (\S+))?$/gm, section('OPTIONS')).filter(
        (each) => each !== 'help ',
    );
    assert.deepEqual(described, told);
});

test('the manual names every variable, and no other', () => {
    const told = helps.flatMap(([, text]) => [
        ...all(text, / \[([A-Z_]+)\](?: \(.*\))?$/gm),
        ...all(text, /^ {2}([A-Z_]+) /gm),
    ]);
    assert.deepEqual(
        sorted(all(section('OPTIONS'), /^\.Ev (\w+)/gm).filter((name) => !name.startsWith('PG'))),
        sorted(told),
    );
});

test('the manual tells the exit codes', async () => {
    assert.deepEqual(all(section('EXIT STATUS'), /^\.It (\d+)$/gm), ['0', '1', '2', '78']);
});
