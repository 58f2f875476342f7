// Texts as people have them: too long, written from right to left, meant to turn the page around, or full of
// markup.

import assert from 'node:assert/strict';
import { test } from '../e2e/support/whole.mjs';
import { AgentPage, startDemo } from './support/browser.mjs';

test('a message that is too long is said to be while it is written, stays in its box, and holds nothing up', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana', { language: 'es' });
    const id = await ana.newConversation();
    await ana.select(id);
    const compose = ana.find('[data-testid=compose]');
    const most = Number(await compose.getAttribute('data-most'));
    await compose.fill('a'.repeat(most - 100));
    await ana.see('[data-testid=room][data-left="100"] >> text=/Caben unos 100/');
    await compose.fill('ñ'.repeat(most / 2 + 7));
    await ana.see('[data-testid=room][data-left="-7"] >> text=/Sobran 7 caracteres/');
    assert.ok(await ana.find('[data-action=send_message]').isDisabled());
    await compose.press('Enter');
    assert.equal((await compose.inputValue()).length, most / 2 + 7);
    await compose.fill('ñ'.repeat(most / 2));
    await ana.untilSeen();
    await compose.press('Enter');
    await ana.sees('agent', 'ññññ');
    await ana.write('Y otra más');
    await ana.sees('agent', 'Y otra más');
    await ana.see('[data-connection=connected]');
});

test('nothing that is looked for ends the connection', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana');
    const find = ana.find('[data-testid=find]');
    for (const text of ['a\tb', '😀'.repeat(127), '\ud83d', '\u202e']) {
        await find.fill('');
        await find.fill(text);
        await ana.see('[data-testid=found][data-found=found]');
    }
    await ana.see('[data-connection=connected]');
});

test('names and messages turn nothing around them, and markup is text', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana');
    const id = await ana.newConversation('<b>bold</b> \u202Egnp.exe\u2069\u202E');
    await ana.play(id, 'contact', 'שלום, מתי זה מגיע?');
    await ana.select(id);
    await ana.sees('contact', '<b>bold</b>');
    assert.equal(await ana.find('.bubble b').count(), 0);
    const directions = await ana
        .find('[data-testid=thread] [data-from=contact] .bubble-body')
        .evaluateAll((all) => all.map((each) => getComputedStyle(each).direction));
    assert.deepEqual(directions, ['ltr', 'rtl']);
    // Where "a1b" comes to stand behind a preview that ends in an override, it must still read from left to
    // right.
    const order = await ana.page.evaluate((row) => {
        const preview = document.querySelector(`${row} .row-preview bdi`);
        preview.textContent = 'x\u202Ey';
        preview.after(
            ...['1', '2', '3'].map((digit) =>
                Object.assign(document.createElement('i'), { textContent: digit }),
            ),
        );
        return [...preview.parentElement.querySelectorAll('i')].map(
            (each) => each.getBoundingClientRect().left,
        );
    }, ana.row(id));
    assert.deepEqual(
        order,
        [...order].sort((one, other) => one - other),
    );
});
