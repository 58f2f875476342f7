// Bundles every test/*.test.ts and hands them to Node's own runner: `npm test [-- part of a name]`.

import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const built = fileURLToPath(new URL('../node_modules/.cache/tests/', import.meta.url));
const wanted = process.argv[2] ?? '';

const names = (await readdir(here))
    .filter((name) => name.endsWith('.test.ts') && name.includes(wanted))
    .sort();
if (names.length === 0) throw new Error(`no test file has "${wanted}" in its name`);
await rm(built, { recursive: true, force: true });
await mkdir(built, { recursive: true });
await esbuild.build({
    entryPoints: names.map((name) => here + name),
    outdir: built,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcemap: 'inline',
    define: { WEB_DEMO: JSON.stringify(fileURLToPath(new URL('..', import.meta.url))) },
    logLevel: 'warning',
});
const files = names.map((name) => built + name.replace(/\.ts$/, '.mjs'));
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], {
    stdio: 'inherit',
});
process.exit(status ?? 1);
