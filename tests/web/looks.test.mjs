// What is on the page: three languages, the basics of accessibility in light and dark, wide and narrow; and
// pictures of it, for people to look at (RELEVO_SCREENSHOTS says where; RELEVO_README_SCREENSHOT is the file
// to put the README's in).

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from '../e2e/support/whole.mjs';
import { AgentPage, openTwo, startDemo } from './support/browser.mjs';
import { findBarriers } from './support/accessible.mjs';

/** The bot answers, hands over, and is refused while a person answers. */
async function talk(page) {
    await page.play('', 'contact', 'Hola, ¿dónde está mi pedido?');
    const id = await page.find('[data-testid=sim-conversation]').inputValue();
    await page.play(id, 'bot', '¡Hola! Soy el bot. ¿Me dice el número del pedido?');
    await page.play(
        id,
        'contact',
        'Es el 4711. Tenía que llegar ayer y no sé nada. ¿Puede mirarlo una persona?',
    );
    await page.play(id, 'bot', 'Claro. Le paso con una persona; enseguida le atiende.');
    await page.play(id, 'open');
    await page.seesIn('open', id);
    await page.select(id);
    await page.click('take');
    await page.write(
        'Buenos días, soy Ana. Lo tengo delante: salió hoy del almacén y llega mañana antes de las 12.',
    );
    await page.see('[data-from=agent][data-delivery=delivered]');
    await page.play(id, 'bot', '¿Puedo ayudarle en algo más?');
    await page.play(id, 'contact', '¡Perfecto, muchas gracias!');
    await page.sees('contact', 'muchas gracias');
    return id;
}

/** A morning's work: conversations in every state that there is. */
async function fill(page) {
    const ids = [await talk(page)];
    for (const text of [
        'Quero trocar o tamanho',
        'The parcel arrived broken',
        'Factura de octubre, por favor',
        '¿Abren el sábado?',
    ]) {
        ids.push(await page.newConversation(text));
    }
    const [mine, until, back, done, off] = ids;
    await page.select(until);
    await page.find('[data-pause-choice=until_completed]').check({ force: true });
    await page.click('keep_open');
    await page.select(back);
    await page.click('resume_bot');
    await page.select(off);
    await page.click('set_automation');
    await page.select(done);
    await page.write('Aquí la tiene. ¡Gracias!');
    await page.click('complete');
    await page.seesIn('completed', done);
    await page.select(mine);
    return ids;
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/** By our own list, and by axe's. */
async function assertNoBarriers(page) {
    assert.deepEqual(await page.page.evaluate(findBarriers), []);
    await page.page.evaluate(axe);
    const found = await page.page.evaluate(() =>
        globalThis.axe.run(document, { resultTypes: ['violations'] }),
    );
    assert.deepEqual(
        found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        [],
    );
}

test('every language is whole, and chosen for good', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana', { language: 'es' });
    await fill(ana);
    const texts = [];
    for (const [language, open, complete] of [
        ['es', 'Abiertas', /complet/i],
        ['en', 'Open', 'Mark complete'],
        ['pt', 'Abertas', /conclu/i],
    ]) {
        await ana
            .find('[data-testid=language]')
            .selectOption(language)
            .catch(() => ana.find(`[data-testid=language] [value=${language}]`).click());
        await ana.page.waitForFunction((chosen) => document.documentElement.lang === chosen, language);
        await ana.see(`[data-list=open] >> text=${open}`);
        const text = await ana.page.locator('body').innerText();
        assert.match(await ana.find('[data-card] [data-action=complete]').innerText(), new RegExp(complete));
        assert.doesNotMatch(text, /\{\w+\}|undefined|NaN|\[object/);
        await assertNoBarriers(ana);
        await ana.screenshot(`language-${language}`);
        texts.push(text);
    }
    assert.equal(new Set(texts).size, 3);
    await ana.page.reload();
    await ana.untilLive();
    assert.equal(await ana.page.evaluate(() => document.documentElement.lang), 'pt');
});

test('light and dark, wide and narrow: nothing is out of reach, and nothing sticks out', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana', { language: 'es' });
    const [mine] = await fill(ana);
    for (const colorScheme of ['light', 'dark'])
        for (const [name, width, height] of [
            ['wide', 1920, 1080],
            ['laptop', 1440, 900],
            ['tablet', 900, 1100],
            ['phone', 390, 844],
        ]) {
            await ana.page.emulateMedia({ colorScheme });
            await ana.page.setViewportSize({ width, height });
            if (name === 'phone') {
                // One thing at a time: the simulator, the conversation, the lists.
                await ana.see('[data-testid=simulator]');
                assert.ok(await ana.find('[data-card] [data-testid=card-name]').isHidden());
                await assertNoBarriers(ana);
                await ana.screenshot(`${colorScheme}-${name}-simulator`);
                await ana.find('[data-action=toggle_simulator]').click();
            }
            await assertNoBarriers(ana);
            const [inner, outer] = await ana.page.evaluate(() => [
                document.documentElement.scrollWidth,
                innerWidth,
            ]);
            assert.ok(inner <= outer, `${name}: ${inner} in ${outer}`);
            await ana.screenshot(`${colorScheme}-${name}`);
            if (name !== 'phone') continue;
            await ana.click('back');
            await ana.see(`[data-list=open] ${ana.row(mine)}`);
            await assertNoBarriers(ana);
            await ana.screenshot(`${colorScheme}-${name}-lists`);
            await ana.select(mine);
            await ana.find('[data-action=toggle_simulator]').click();
        }
});

test("a reply that was held back, a colleague's conversation, a message that is nearly full: seen and heard, light and dark", async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server, { language: 'es' });
    const id = await ana.newConversation('Hola, quería cancelar el pedido 48211');
    await Promise.all([ana.select(id), bruno.select(id)]);
    await bruno
        .find('[data-testid=compose]')
        .fill('No hace falta que lo cancele: ya está en reparto y puede rechazarlo.');
    await Promise.all([ana.untilSeen(), bruno.untilSeen()]);
    const isLate = bruno.page.evaluate(() => {
        // The key in the very moment in which the colleague's answer is drawn.
        const thread = document.querySelector('[data-testid=thread]');
        return new Promise((resolve) => {
            new MutationObserver((_, observer) => {
                if (thread.querySelector('[data-from=agent]') === null) return;
                observer.disconnect();
                document.querySelector('[data-action=send_message]').click();
                resolve(true);
            }).observe(thread, { childList: true, subtree: true });
        });
    });
    await ana.write('Hecho: lo he cancelado y mañana tiene el dinero en su cuenta.');
    assert.ok(await isLate);
    const states = {
        held: () => bruno.see('[data-testid=held][data-ready=true]'),
        'held-twice': async () => {
            await ana.play(id, 'contact', 'gracias!!');
            await ana.play(id, 'contact', 'una cosa más');
            await bruno.sees('contact', 'una cosa más');
            await bruno.find('[data-testid=compose]').press('Enter');
            await bruno.see('[data-testid=held][data-times="2"][data-ready=true]');
        },
        holding: async () => {
            await bruno.find('[data-testid=compose]').fill('');
            await bruno.see('[data-testid=holding]');
        },
        near: async () => {
            const compose = bruno.find('[data-testid=compose]');
            await compose.fill('Condiciones generales. '.repeat(2650));
            await bruno.see('[data-testid=room]');
        },
        over: async () => {
            await bruno.find('[data-testid=compose]').fill('Condiciones generales. '.repeat(2900));
            await bruno.see('[data-testid=room].is-over');
        },
    };
    for (const [name, bring] of Object.entries(states)) {
        await bring();
        for (const colorScheme of ['light', 'dark']) {
            await bruno.page.emulateMedia({ colorScheme });
            await assertNoBarriers(bruno);
            await bruno.screenshot(`${colorScheme}-${name}`);
        }
    }
    await bruno.page.setViewportSize({ width: 390, height: 844 });
    await bruno.find('[data-action=toggle_simulator]').click();
    await assertNoBarriers(bruno);
    await bruno.screenshot('phone-over');
});

test('the demo asks who is answering', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana', { language: 'es' });
    await ana.page.goto(server.origin);
    await ana.see('[data-view=people] a[data-agent=bruno]');
    await assertNoBarriers(ana);
    await ana.screenshot('people');
    await ana.find('[data-view=people] a[data-agent=bruno]').click();
    await ana.untilLive();
    assert.equal(await ana.find('[data-testid=me]').getAttribute('data-agent'), 'bruno');
});

test('the keyboard alone will do', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana');
    const [first, second] = [await ana.newConversation('One'), await ana.newConversation('Two')];
    await ana.find(ana.row(second)).focus();
    await ana.page.keyboard.press('ArrowDown');
    await ana.page.keyboard.press('Enter');
    await ana.see(`[data-card="${first}"]`);
    await ana.untilSeen();
    await ana.find('[data-testid=compose]').focus();
    await ana.page.keyboard.type('Typed');
    await ana.page.keyboard.press('Enter');
    await ana.sees('agent', 'Typed');
});

test('on a phone the focus goes along to the conversation, and back to the lists', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana');
    const id = await ana.newConversation('One');
    await ana.find('[data-action=toggle_simulator]').click();
    await ana.page.setViewportSize({ width: 390, height: 844 });
    await ana.find(ana.row(id)).focus();
    await ana.page.keyboard.press('Enter');
    await ana.page.waitForFunction(() => document.activeElement.dataset.testid === 'card-name');
    await ana.page.keyboard.press('Shift+Tab');
    await ana.page.keyboard.press('Enter');
    await ana.page.waitForFunction(
        (row) => document.activeElement === document.querySelector(row),
        ana.row(id),
    );
});

/** Pictures in one, side by side. */
async function joinPictures(browser, pictures) {
    const page = await browser.newPage({ viewport: { width: 2100, height: 900 } });
    const images = pictures.map((png) => `<img src="data:image/png;base64,${png.toString('base64')}">`);
    await page.setContent(
        `<body style="margin:0;display:inline-flex;gap:12px;background:#8a9a97">${images.join('')}</body>`,
    );
    const joined = await page.locator('body').screenshot();
    await page.close();
    return joined;
}

test("the README's picture", { skip: !process.env.RELEVO_README_SCREENSHOT }, async (t) => {
    const server = await startDemo(t);
    const viewport = { width: 960, height: 860 };
    const ana = await AgentPage.open(t, server, 'ana', {
        language: 'es',
        viewport: { width: 1440, height: 900 },
    });
    const [mine] = await fill(ana);
    const bruno = await AgentPage.open(t, server, 'bruno', { language: 'en', viewport, colorScheme: 'dark' });
    await bruno.select(mine);
    await ana.page.setViewportSize(viewport);
    for (const { page } of [ana, bruno]) {
        if (await page.locator('[data-testid=simulator]').isVisible())
            await page.locator('[data-action=toggle_simulator]').click();
    }
    await bruno.click('fold');
    await ana.see('[data-testid=viewing][data-viewers=bruno]');
    await ana.find('[data-testid=compose]').pressSequentially('A usted. ¡Que tenga');
    await bruno.see('[data-testid=typing][data-typing=ana]');
    const pictures = [await ana.page.screenshot(), await bruno.page.screenshot()];
    await writeFile(
        process.env.RELEVO_README_SCREENSHOT,
        await joinPictures(ana.page.context().browser(), pictures),
    );
});
