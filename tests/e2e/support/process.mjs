// Processes that do not outlive the test that started them, whatever becomes of it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

export function start(command, args, options = {}) {
    return spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], options);
}

/** Runs it to its end: { code, signal, stdout, stderr }. */
export async function run(command, args, { input = '', ...options } = {}) {
    const child = start(command, args, options);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdin.on('error', () => {}); // it may end without having read
    child.stdin.end(input);
    const [code, signal] = await once(child, 'close');
    return { code, signal, stdout, stderr };
}

/** Asks again and again until the answer is true, for what cannot be waited for otherwise. */
export async function eventually(ask, what, patienceMs = 20_000) {
    const deadline = Date.now() + patienceMs;
    for (;;) {
        const answer = await ask();
        if (answer) return answer;
        if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
