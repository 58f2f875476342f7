// Two people answer the same contact in the same moment: one answer goes out, the other's author is told, and
// keeps his text.

import assert from 'node:assert/strict';
import { test } from '../e2e/support/whole.mjs';
import { AgentPage, openHeld, openTwo, startDemo } from './support/browser.mjs';

const ROUNDS = 4; // for each of five states

/** Each leaves the conversation as somebody's answer may find it. */
const STATES = {
    'the default pause': async (page) => {
        await page.assureOpen();
        await page.choosePause('default');
    },
    'a pause of three hours': async (page) => {
        await page.assureOpen();
        await page.choosePause('10800000');
        await page.click('keep_open');
        await page.see('[data-testid=bot-panel][data-pause=until]');
    },
    'a pause until it is completed': async (page) => {
        await page.assureOpen();
        await page.choosePause('until_completed');
        await page.click('keep_open');
        await page.see('[data-testid=bot-panel][data-pause=until_completed]');
    },
    'the bot back': async (page) => {
        await page.assureOpen();
        if ((await page.find('[data-testid=bot-panel]').getAttribute('data-pause')) !== 'bot_back')
            await page.click('resume_bot');
        await page.see('[data-testid=bot-panel][data-pause=bot_back]');
    },
    completed: async (page) => {
        await page.assureOpen();
        await page.click('complete');
        await page.see('[data-testid=card-status][data-status=completed]');
    },
};

/** What both have before them has stood there long enough to have been seen. */
async function untilBothHaveSeen(pages, text) {
    await Promise.all(pages.map((page) => page.see('[data-testid=thread] [data-from]', { hasText: text })));
    await Promise.all(pages.map((page) => page.untilSeen()));
}

for (const [state, bring] of Object.entries(STATES)) {
    test(
        `of two answers in the same moment one goes out; the other is kept, and goes with one key more: ${state}`,
        { timeout: 120_000 },
        async (t) => {
            const server = await startDemo(t);
            const pages = await openTwo(t, server, { language: 'es' });
            // A supervisor: she may complete what the two hold.
            const carla = await AgentPage.open(t, server, 'carla', { language: 'es' });
            const [ana] = pages;
            const id = await ana.newConversation('¿Me devuelven el dinero?');
            await Promise.all([...pages, carla].map((page) => page.select(id)));
            const written = [];
            for (let round = 0; round < ROUNDS; round += 1) {
                await carla.untilSeen();
                await bring(carla);
                await ana.play(id, 'contact', `Pregunta ${round}`);
                await untilBothHaveSeen(pages, `Pregunta ${round}`);
                const { loser, kept, sent } = await answerAtOnce(pages, round);
                written.push(sent);
                assert.deepEqual(await carla.answers(written.length), written, 'one answer went out');

                await loser.see('[data-testid=held][data-ready=true]');
                await loser.find('[data-testid=compose]').press('Enter');
                await loser.miss('[data-testid=held]');
                written.push(kept);
                assert.deepEqual(
                    await carla.answers(written.length),
                    written,
                    'and the other when its author knew',
                );
            }
            assert.equal(
                await server.database.value(
                    "SELECT count(*) FROM relevo.transition WHERE body LIKE '% responde %'",
                ),
                String(2 * ROUNDS),
            );
        },
    );
}

/** Both press the key. Who was slower is told by whom, when and what; his text is in its box. */
async function answerAtOnce(pages, round) {
    const texts = pages.map((page) => `${page.agent} responde ${round}`);
    await Promise.all(pages.map((page, one) => page.find('[data-testid=compose]').fill(texts[one])));
    await Promise.all(pages.map((page) => page.find('[data-testid=compose]').press('Enter')));
    const loser = await Promise.race(
        pages.map((page) => page.see('[data-testid=held][data-reason=answered]').then(() => page)),
    );
    const winner = pages.find((page) => page !== loser);
    const [kept, sent] = [texts[pages.indexOf(loser)], texts[pages.indexOf(winner)]];
    await Promise.all(pages.map((page) => page.sees('agent', sent)));
    assert.equal(await winner.find('[data-testid=held]').count(), 0);
    assert.equal(await winner.find('[data-testid=compose]').inputValue(), '');
    assert.equal(await loser.find('[data-testid=compose]').inputValue(), kept, 'his text is in its box');
    const told = await loser.find('[data-testid=held]').innerText();
    assert.match(told, new RegExp(`${winner.agent === 'ana' ? 'Ana' : 'Bruno'} respondió hace \\d+ s`));
    assert.ok(told.includes(sent), told);
    return { loser, kept, sent };
}

test('what the contact has just written stands above the box, and is read before one presses again', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana', { language: 'es' });
    const id = await ana.newConversation('hola');
    await ana.select(id);
    await ana.untilSeen();
    const compose = ana.find('[data-testid=compose]');
    await compose.fill('¿En qué le ayudo?');
    await ana.play(id, 'contact', 'quiero cancelar');
    await ana.sees('contact', 'quiero cancelar');
    await compose.press('Enter');
    await ana.see('[data-testid=held][data-reason=contact_wrote]', { hasText: 'quiero cancelar' });
    assert.equal(await compose.inputValue(), '¿En qué le ayudo?');
    await ana.see('[data-testid=held][data-ready=true]');
    assert.equal(await ana.find('[data-action=send_blindly]').count(), 0, 'once is no reason to look away');
    await ana.play(id, 'contact', 'mi pedido');
    await ana.sees('contact', 'mi pedido');
    await compose.press('Enter');
    await ana.see('[data-testid=held][data-times="2"][data-ready=true]', { hasText: 'mi pedido' });
    await ana.play(id, 'contact', 'el azul');
    await ana.find('[data-action=send_blindly]').click();
    await ana.sees('agent', '¿En qué le ayudo?');
    await ana.miss('[data-testid=held]');
    // Who sends all the same takes nothing.
    await ana.see('[data-testid=holder][data-holder=""]', { state: 'attached' });
});

test('nobody has it: who answers takes it. A colleague has it: the box says so, and nobody is offered to drop it', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server);
    const id = await ana.newConversation('Anybody?');
    await Promise.all([ana.select(id), bruno.select(id)]);
    await ana.see('[data-action=send_message]', { hasText: 'Send and take' });
    await ana.untilSeen();
    await ana.write('I am here');
    await bruno.see('[data-testid=holding][data-holding=ana]', { hasText: 'Ana has it' });
    assert.equal(await ana.find('[data-testid=holding]').count(), 0);
    for (const action of ['complete', 'unlink', 'release'])
        assert.ok(await bruno.find(`[data-card] [data-action=${action}]`).isDisabled(), action);
    await bruno.untilSeen();
    await bruno.write('So am I');
    await ana.sees('agent', 'So am I');
    await bruno.see('[data-testid=holder][data-holder=ana]');
    await ana.click('release');
    await bruno.miss('[data-testid=holding]');
});

test('a reply that is refused while one looks at another conversation is told, and waits in its box', async (t) => {
    const server = await startDemo(t);
    const [bruno, line] = await openHeld(t, server, 'bruno', 'up');
    const ana = await AgentPage.open(t, server, 'ana');
    const [one, other] = [await ana.newConversation('One'), await ana.newConversation('Other')];
    await Promise.all([ana.select(one), bruno.select(one)]);
    await Promise.all([ana.untilSeen(), bruno.untilSeen()]);
    line.hold();
    await bruno.write('No');
    await ana.write('Yes');
    await ana.sees('agent', 'Yes');
    await bruno.select(other);
    line.letGo();
    await bruno.see('[data-testid=refusal][data-reason=answered]', { hasText: 'has not gone out' });
    await bruno.select(one);
    assert.equal(await bruno.find('[data-testid=compose]').inputValue(), 'No');
    await bruno.see('[data-testid=held]', { hasText: 'Yes' });
});

test('neither the bot nor another customer waits for two people who answer at once', async (t) => {
    const server = await startDemo(t);
    const pages = await openTwo(t, server, { language: 'es' });
    const [ana] = pages;
    const other = await ana.newConversation('Y yo, ¿qué hago?');
    await ana.select(other);
    await ana.click('resume_bot');
    const id = await ana.newConversation('¿Me devuelven el dinero?');
    await Promise.all(pages.map((page) => page.select(id)));
    await untilBothHaveSeen(pages, '¿Me devuelven el dinero?');
    const { loser, sent } = await answerAtOnce(pages, 0);
    assert.equal((await ana.play(other, 'bot', 'Un momento, por favor.')).outcome, 'done');
    assert.equal((await ana.play(other, 'contact', 'Vale')).outcome, 'done');
    const refused = await ana.play(id, 'bot', '¿Le ayudo?');
    assert.deepEqual([refused.outcome, refused.reason], ['refused', 'paused']);
    assert.deepEqual(await loser.answers(1), [sent]);
});
