// The server as it is built for users: what the compiler and the linker can do against a fault of ours is
// done.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run } from '../e2e/support/process.mjs';
import { test } from '../e2e/support/whole.mjs';

const { RELEVO_BIN = join(new URL('../..', import.meta.url).pathname, 'build/release/relevo') } = process.env;

async function readelf(...options) {
    const { code, stdout, stderr } = await run('readelf', ['-W', ...options, RELEVO_BIN]);
    assert.equal(code, 0, stderr);
    return stdout;
}

test('it is placed anywhere, and nothing of it can be written and run', async () => {
    assert.match(await readelf('--file-header'), /Type: +DYN/);
    const segments = await readelf('--segments');
    assert.match(segments, /GNU_STACK .* RW +0x/, 'the stack is no code');
    assert.doesNotMatch(segments, /LOAD .* RWE /);
    assert.match(segments, /GNU_RELRO/);
    assert.match(await readelf('--dynamic'), /BIND_NOW/);
});

test("writes beyond what the compiler knows the size of are caught, and so are jumps over the stack's guard", async () => {
    const symbols = await readelf('--dyn-syms');
    assert.match(symbols, /__stack_chk_fail/);
    assert.match(symbols, /__memcpy_chk/);
    const producer = /DW_AT_producer .*GNU C.*/.exec(
        await readelf('--debug-dump=info', '--dwarf-depth=1'),
    )?.[0];
    assert.match(producer, /-fstack-protector-strong/);
    assert.match(producer, /-fstack-clash-protection/);
});
