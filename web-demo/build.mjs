// Builds the page into dist/: index.html, app.js, style.css, favicon.svg. `--watch` builds again on every
// change.

import { copyFile, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = `${here}dist/`;
const watch = process.argv.includes('--watch');

const options = {
    entryPoints: { app: `${here}page/main.tsx`, style: `${here}page/style.css` },
    outdir: dist,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
for (const name of ['index.html', 'favicon.svg']) await copyFile(`${here}page/${name}`, dist + name);

if (watch) {
    await (await esbuild.context(options)).watch();
} else {
    await esbuild.build(options);
    for (const name of (await readdir(dist)).sort()) {
        const bytes = await readFile(dist + name);
        console.log(`dist/${name}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`);
    }
}
