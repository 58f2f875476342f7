// The socket that a service manager hears its services on. Node has no datagrams in the file system; Debian's
// perl, which is always there, has.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { start } from './process.mjs';

const LISTEN = `
    use Socket;
    $| = 1;
    socket(EAR, AF_UNIX, SOCK_DGRAM, 0) && bind(EAR, sockaddr_un($ARGV[0])) or die "$!";
    print "listening\\n";
    print "$said\\n" while defined recv(EAR, $said, 4096, 0);`;

export class Ear {
    static async open() {
        const folder = await mkdtemp(join(tmpdir(), 'relevo-ear-'));
        const path = join(folder, 'notify');
        const ear = new Ear(
            folder,
            path,
            start('perl', ['-e', LISTEN, path], { stdio: ['ignore', 'pipe', 'inherit'] }),
        );
        await ear.until('listening');
        return ear;
    }

    /** Every line that was heard so far, in order. */
    heard = [];
    #child;
    #lines;

    constructor(folder, path, child) {
        this.folder = folder;
        this.environment = { NOTIFY_SOCKET: path };
        this.#child = child;
        this.#lines = createInterface({ input: child.stdout });
        this.#lines.on('line', (line) => this.heard.push(line));
    }

    /** Waits until it has heard a line, so many times. */
    async until(line, times = 1) {
        while (this.heard.filter((heard) => heard === line).length < times) await once(this.#lines, 'line');
    }

    async close() {
        this.#child.kill();
        await once(this.#child, 'close');
        await rm(this.folder, { recursive: true });
    }
}
