// Chromium, and what an agent's page is to a test: words for what is on it, so that tests read like what
// people do.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { atEnd } from '../../e2e/support/at_end.mjs';
import { createDatabase } from '../../e2e/support/database.mjs';
import { migrate, Server } from '../../e2e/support/server.mjs';
import { allowShortPauses, createWorkspace } from '../../e2e/support/whole.mjs';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const { CHROMIUM = '/usr/bin/chromium', RELEVO_WEB_ROOT = join(project, 'web-demo/dist') } = process.env;
export const SCREENSHOTS = process.env.RELEVO_SCREENSHOTS ?? join(project, 'build/screenshots');

const FLAGS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];

const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
after(() => browser.close());

/**
 * A demo server on a database of its own; `pauseMs` is the workspace's default pause, where an hour is too
 * long to wait for.
 */
export async function startDemo(t, { pauseMs } = {}) {
    const database = await createDatabase();
    atEnd(t, () => database.drop());
    await migrate(database);
    if (pauseMs !== undefined) {
        await allowShortPauses(database);
        await createWorkspace(database, 'demo', pauseMs);
    }
    return serveDemo(t, database);
}

export function serveDemo(t, database) {
    return servePage(t, database, ['--demo']);
}

export async function servePage(t, database, args) {
    const server = await Server.start(database, { args: ['--web-root', RELEVO_WEB_ROOT, ...args] });
    atEnd(t, () => server.stop());
    return server;
}

export class AgentPage {
    /**
     * Somebody's browser, with the page open and live. `may` says which of its complaints are expected; the
     * demo's bot answers by itself only where `bot` is 'on'.
     */
    static async open(t, server, agent, options) {
        const opened = await AgentPage.arrive(t, server, agent, options);
        await opened.untilLive();
        return opened;
    }

    /** The same, whether or not it comes to be live. */
    static async arrive(
        t,
        server,
        agent,
        { may = /^$/, language = 'en', bot = 'off', before, ...options } = {},
    ) {
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
        atEnd(t, () => context.close());
        const page = await context.newPage();
        const complaints = [];
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        atEnd(t, () => {
            const unexpected = complaints.filter((text) => !may.test(text));
            if (unexpected.length > 0)
                throw new Error(`${agent}'s page complained: ${unexpected.join('; ')}`);
        });
        await context.addInitScript(
            (chosen) =>
                localStorage.getItem('relevo.language') ?? localStorage.setItem('relevo.language', chosen),
            language,
        );
        await context.addInitScript(
            (chosen) => sessionStorage.getItem('relevo.bot') ?? sessionStorage.setItem('relevo.bot', chosen),
            bot,
        );
        const opened = new AgentPage(page, server, agent);
        await before?.(page);
        await page.goto(`${server.origin}/?agent=${agent}`);
        return opened;
    }

    constructor(page, server, agent) {
        this.page = page;
        this.server = server;
        this.agent = agent;
    }

    find(selector) {
        return this.page.locator(selector);
    }

    see(selector, { hasText, ...options } = {}) {
        return this.page
            .locator(selector, { hasText })
            .first()
            .waitFor({ timeout: 20_000, ...options });
    }

    miss(selector) {
        return this.see(selector, { state: 'detached' });
    }

    async untilLive() {
        await this.see('[data-connection=connected][data-caught-up=true][data-store=up]');
    }

    row(id) {
        return `[data-conversation="${id}"]`;
    }

    /** It is in that list, and the list's count agrees with what is in it. */
    async seesIn(list, id) {
        await this.see(`[data-list=${list}] ${this.row(id)}`);
        await this.page.waitForFunction((name) => {
            const count = document.querySelector(`[data-count=${name}]`).textContent.trim();
            return (
                Number(count) === document.querySelectorAll(`[data-list=${name}] [data-conversation]`).length
            );
        }, list);
    }

    async count(list) {
        return Number(await this.find(`[data-count=${list}]`).first().textContent());
    }

    async select(id) {
        await this.find(this.row(id)).first().click();
        await this.see(`[data-card="${id}"]`);
    }

    /** As people do, who look before they decide what rests on what has been written. */
    async click(action) {
        if (['complete', 'unlink', 'send_message'].includes(action)) await this.untilSeen();
        await this.find(`[data-card] [data-action=${action}]`).click();
    }

    assign(agent) {
        return this.find('[data-card] [data-action=assign]').selectOption(agent);
    }

    async write(text) {
        await this.find('[data-testid=compose]').fill(text);
        await this.click('send_message');
    }

    /** Everything that is in the thread has stood there long enough to have been noticed. */
    async untilSeen() {
        await this.page.waitForFunction(() => {
            const { newest, noticed } = document.querySelector('[data-testid=thread]').dataset;
            return newest !== undefined && newest === noticed;
        });
    }

    async assureOpen() {
        const status = await this.find('[data-testid=card-status]').getAttribute('data-status');
        if (status !== 'open') await this.click('reopen');
        await this.see('[data-testid=card-status][data-status=open]');
    }

    choosePause(wish) {
        return this.find(`[data-pause-choice="${wish}"]`).check({ force: true });
    }

    /** What agents have answered, once there are so many. */
    async answers(count) {
        await this.page.waitForFunction(
            (most) => document.querySelectorAll('[data-testid=thread] [data-from=agent]').length >= most,
            count,
        );
        return this.thread('agent');
    }

    /** Who wrote what in the thread, oldest first; only from one side, if that is said. */
    thread(from) {
        const side = from === undefined ? '[data-from]' : `[data-from=${from}]`;
        return this.find(`[data-testid=thread] ${side} .bubble-body`).evaluateAll((all) =>
            all.map((each) => each.firstChild.textContent),
        );
    }

    sees(from, text) {
        return this.see(`[data-testid=thread] [data-from=${from}]`, { hasText: text });
    }

    // --- The other side ------------------------------------------------------------------------------------

    /** Plays towards a conversation, '' being a new contact. */
    async play(id, act, text) {
        await this.find('[data-testid=sim-conversation]').selectOption(id);
        if (text !== undefined) await this.find(`[data-testid=sim-${act}-text]`).fill(text);
        const before = await this.page.evaluateHandle(() =>
            document.querySelector('[data-testid=sim-log] li[data-outcome]'),
        );
        await this.find(`[data-action=sim_${act}]`).click();
        const line = await this.page.waitForFunction((old) => {
            const first = document.querySelector('[data-testid=sim-log] li[data-outcome]');
            return first !== old && first;
        }, before);
        return line.evaluate((element) => ({
            outcome: element.dataset.outcome,
            reason: element.dataset.reason,
            text: element.textContent,
        }));
    }

    /**
     * A contact writes who is not known yet, and the action block asks for a person; the conversation's id.
     */
    async newConversation(text = 'Hello, is anybody there?') {
        await this.play('', 'contact', text);
        const id = await this.find('[data-testid=sim-conversation]').inputValue();
        await this.play(id, 'open');
        await this.seesIn('open', id);
        return id;
    }

    // --- Looking -------------------------------------------------------------------------------------------

    /** What the selected conversation's countdown shows, in seconds. */
    async secondsLeft() {
        const text = await this.find('[data-testid=countdown]').innerText();
        const parts = text.match(/\d+/g).map(Number);
        return parts.reduce((sum, part) => sum * 60 + part, 0);
    }

    async screenshot(name) {
        await mkdir(SCREENSHOTS, { recursive: true });
        await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
    }
}

/** Two agents, side by side. */
export async function openTwo(t, server, options) {
    const pages = await Promise.all(
        ['ana', 'bruno'].map((agent) => AgentPage.open(t, server, agent, options)),
    );
    return pages;
}

/**
 * Opens the agent's page with a line to the server that can be held: what goes `way` ('up' to the server or
 * 'down' from it) is kept then, until `letGo` passes it on.
 */
export async function openHeld(t, server, agent, way) {
    let isHeld = false;
    const kept = [];
    const before = (page) =>
        page.routeWebSocket('**/ws', (socket) => {
            const behind = socket.connectToServer();
            const [from, to] = way === 'up' ? [socket, behind] : [behind, socket];
            from.onMessage((message) => (isHeld ? kept.push(() => to.send(message)) : to.send(message)));
        });
    const page = await AgentPage.open(t, server, agent, { before });
    const hold = () => (isHeld = true);
    function letGo() {
        isHeld = false;
        while (kept.length > 0) kept.shift()();
    }
    return [page, { hold, letGo }];
}
