// ./dev fuzz, with two targets of its own: one that can be broken, and one that cannot.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { run } from './support/process.mjs';
import { test } from './support/whole.mjs';

const project = new URL('../..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'relevo-fuzzing-'));
after(() => rm(folder, { recursive: true }));
const programs = join(folder, 'programs');
const seeds = join(folder, 'seeds');
const env = {
    ...process.env,
    RELEVO_FUZZ_PROGRAMS: programs,
    RELEVO_FUZZ_SEEDS: seeds,
    RELEVO_FUZZ_WORK: join(folder, 'work'),
};

/** A target that takes a step for each of three bytes, and then does what `end` says. */
async function compile(name, end) {
    const source = join(folder, `${name}.c`);
    await mkdir(programs, { recursive: true });
    await writeFile(
        source,
        `#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static volatile int step;
    if (size > 0 && data[0] == 'r') { step = 1;
        if (size > 1 && data[1] == 'l') { step = 2;
            if (size > 2 && data[2] == 'v') { step = 3; ${end} } } }
    return 0;
}
`,
    );
    const { code, stderr } = await run('clang', [
        '-O1',
        '-fsanitize=fuzzer',
        '-o',
        join(programs, `fuzz_${name}`),
        source,
    ]);
    assert.equal(code, 0, stderr);
}

const fuzz = (...args) => run(join(project, 'dev'), ['fuzz', ...args], { env });

test('the targets are fuzzed, and what covers more is kept with the seeds', async () => {
    await compile('sound', '');
    const { code, stdout, stderr } = await fuzz('0.05');
    assert.equal(code, 0, stdout + stderr);
    const row = /^sound +(\d+) +(\d+) +(\d+) +(\d+) +0$/m.exec(stdout);
    assert.ok(row, stdout);
    const kept = await readdir(join(seeds, 'sound'));
    assert.equal(kept.length, Number(row[4]));
    const texts = await Promise.all(kept.map((name) => readFile(join(seeds, 'sound', name), 'latin1')));
    assert.ok(
        texts.some((text) => text.startsWith('rlv')),
        texts.join(),
    );
});

test('a crash is counted, kept, and said how to see it again', async () => {
    await compile('broken', 'abort();');
    const { code, stdout } = await fuzz('0.1', 'broken');
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^broken .* 1$/m);
    assert.doesNotMatch(stdout, /^sound/m, 'only the one that was named');
    const [, program, input] = /^to see it again: (\S+) (\S+)$/m.exec(stdout);
    assert.match(await readFile(input, 'latin1'), /^rlv/);
    const replayed = await run(program, [input]);
    assert.notEqual(replayed.code, 0);
});

test('a target that there is not is an error that names those that there are', async () => {
    const { code, stderr } = await fuzz('0.1', 'nothing');
    assert.equal(code, 1);
    assert.match(stderr, /no target nothing: .*sound/);
});
