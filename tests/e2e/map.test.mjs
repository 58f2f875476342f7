// What tests/README.md tells to type works, and it names every kind of test.

import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './support/process.mjs';
import { test } from './support/whole.mjs';

const project = new URL('../..', import.meta.url).pathname;
const map = await readFile(join(project, 'tests/README.md'), 'utf8');
const commands = [...map.matchAll(/```console\n([^`]*)```/g)].flatMap(([, text]) => text.trim().split('\n'));
const programs = commands.filter((line) => line.includes('build/dev/tests/'));
const filters = commands.filter((line) => line.startsWith('./dev test '));
const fuzzing = commands.filter((line) => line.startsWith('./dev fuzz '));

/** The tests of a kind as ./dev test names them. */
async function namesOf(kind) {
    const files = await readdir(join(project, 'tests', kind));
    return files
        .filter((file) => /^(test|fuzz)_.*\.c$|\.test\.mjs$/.test(file))
        .map((file) => `${kind}/${file.replace(/^(test|fuzz)_|\.c$|\.test\.mjs$/g, '')}`);
}

const folders = (await readdir(join(project, 'tests'), { withFileTypes: true }))
    .filter((each) => each.isDirectory())
    .map(({ name }) => name);
const kinds = folders.filter((name) => !['support', 'node_modules'].includes(name));

test('every kind of test has a row', () => {
    const rows = [...map.matchAll(/^\| `(\w+)` \|/gm)].map(([, kind]) => kind);
    assert.deepEqual([...rows].sort(), [...kinds, 'page'].sort());
});

for (const command of programs) {
    test(`${command} runs`, { timeout: 120_000 }, async () => {
        const { code, stdout, stderr } = await run('sh', ['-ec', command], { cwd: project });
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout + stderr, /Tested: [1-9]\d* \| Passing: [1-9]/);
    });
}

test('whatever ./dev test is asked for is there', async () => {
    const names = (await Promise.all(kinds.map(namesOf))).flat();
    for (const command of filters) {
        const [filter] = command.split(' ').slice(2);
        for (const part of filter.replaceAll("'", '').split('|'))
            assert.ok(
                names.some((name) => new RegExp(part).test(name)),
                part,
            );
    }
});

test('what ./dev fuzz is asked for is a target', async () => {
    for (const command of fuzzing)
        await access(join(project, 'tests/fuzz', `fuzz_${command.split(' ').at(-1)}.c`));
    assert.equal(fuzzing.length, 1);
});

test('every command is one that is tried here', () => {
    assert.deepEqual(
        commands.filter((line) => ![...programs, ...filters, ...fuzzing].includes(line)),
        [],
    );
});
