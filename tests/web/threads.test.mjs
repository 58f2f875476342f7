// What two agents' pages show of one conversation: its thread, its history, who else is there, and the
// customer's phone and the bot on the other side.

import assert from 'node:assert/strict';
import { Client } from '../e2e/support/client.mjs';
import { test } from '../e2e/support/whole.mjs';
import { AgentPage, openTwo, startDemo } from './support/browser.mjs';

const MAY_FAIL_TO_CONNECT =
    /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|Failed to load resource/;

/** What happened, without a browser: a contact who writes a lot. */
async function fillThread(server, id, count) {
    const { channel } = await (await server.get('/demo.json')).json();
    const client = await new Client(server.url, { token: channel.token }).join();
    for (let sent = 0; sent < count; sent += 25) {
        const some = Array.from({ length: Math.min(25, count - sent) }, (_, i) => `Message ${sent + i + 1}`);
        await Promise.all(
            some.map((body) => client.does('contact_message', id, { body, name: 'Marta Ruiz' })),
        );
    }
    await client.leave();
}

test('two agents see each other: who is online, who looks at a conversation, who types in it', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server);
    await ana.see('[data-online=bruno]');
    await bruno.see('[data-online=ana]');
    const id = await ana.newConversation();
    await ana.select(id);
    await bruno.see(`${bruno.row(id)} [data-viewers=ana]`);
    await bruno.select(id);
    await Promise.all([
        ana.see('[data-testid=viewing][data-viewers=bruno]'),
        bruno.see('[data-testid=viewing][data-viewers=ana]'),
    ]);

    await ana.find('[data-testid=compose]').pressSequentially('Let me see');
    await bruno.see('[data-testid=typing][data-typing=ana]', { hasText: 'Ana is typing' });
    await bruno.see(`${bruno.row(id)} [data-typing=ana]`);
    await ana.click('send_message');
    await bruno.see('[data-testid=typing][data-typing=""]', { state: 'attached' });
    await bruno.sees('agent', 'Let me see');

    await ana.page.close();
    await bruno.miss('[data-testid=viewing]');
    await bruno.miss('[data-online=ana]');
});

test('what the customer writes on the phone stands in both threads at once, and what is answered reaches the phone', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server);
    const id = await ana.newConversation('Where is my order?');
    await Promise.all([ana.select(id), bruno.select(id)]);
    await ana.play(id, 'contact', 'It was to come yesterday');
    await Promise.all([
        ana.sees('contact', 'It was to come yesterday'),
        bruno.sees('contact', 'It was to come yesterday'),
    ]);
    await bruno.see('[data-line=open]');

    await bruno.click('take');
    await bruno.write('It comes today.');
    await ana.see('[data-testid=phone] [data-phone-from=agent]', { hasText: 'It comes today.' });
    await Promise.all(
        [ana, bruno].map((page) =>
            page.see('[data-from=agent][data-delivery=delivered]', { hasText: 'It comes today.' }),
        ),
    );
    await ana.see('[data-line=assign]', { hasText: 'Bruno took it' });
    assert.deepEqual(await ana.thread(), [
        'Where is my order?',
        'It was to come yesterday',
        'It comes today.',
    ]);
    assert.deepEqual(await bruno.thread(), await ana.thread());
});

test('the bot answers, is refused while Ana has it, and comes back', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana', { bot: 'on' });
    // Two dashboards play one bot: it says everything once.
    const bruno = await AgentPage.open(t, server, 'bruno', { bot: 'on' });
    await ana.play('', 'contact', 'Good morning');
    const id = await ana.find('[data-testid=sim-conversation]').inputValue();
    await ana.see('[data-testid=phone] [data-phone-from=bot]', { hasText: 'I am the bot' });
    await ana.play(id, 'contact', 'I want to talk to a person');
    await ana.seesIn('open', id);
    await Promise.all([ana.select(id), bruno.select(id)]);
    await ana.see('[data-line=open]', { hasText: 'The bot opened it' });
    assert.equal((await ana.thread('bot')).length, 2);

    await ana.click('take');
    await ana.play(id, 'contact', 'Are you there?');
    await Promise.all([ana, bruno].map((page) => page.see('[data-line=bot_blocked]')));
    await ana.see('[data-testid=sim-log] li[data-reason=paused]');
    assert.equal((await ana.thread('bot')).length, 2);

    await ana.click('complete');
    await ana.seesIn('completed', id);
    await ana.play(id, 'contact', 'One more thing');
    await bruno.sees('bot', 'I have noted that');
    assert.equal((await bruno.thread('bot')).length, 3);
});

test('scrolling up brings what came before, and what is looked at stays where it is', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana');
    await fillThread(server, 'marta', 140);
    await ana.find('[data-testid=find]').fill('marta');
    await ana.find('[data-found-conversation=marta]').click();
    await ana.sees('contact', 'Message 140');
    const top = () => ana.find('.thread-scroll').evaluate((box) => (box.scrollTop = 0));
    const isInSight = (text) =>
        ana.find('.thread-scroll').evaluate((box, wanted) => {
            const bubble = [...box.querySelectorAll('.bubble-body')].find(
                (each) => each.firstChild.textContent === wanted,
            );
            const [inner, outer] = [bubble.getBoundingClientRect(), box.getBoundingClientRect()];
            return inner.bottom > outer.top && inner.top < outer.bottom;
        }, text);
    const first = () => ana.find('[data-testid=thread] [data-from]').first().innerText();
    assert.doesNotMatch(await first(), /Message 1\b/);
    for (let i = 0; i < 6 && !/Message 1\n/.test(await first()); i += 1) {
        const before = await ana.thread();
        await top();
        await ana.page.waitForFunction(
            (n) => document.querySelectorAll('[data-testid=thread] [data-from]').length > n,
            before.length,
        );
        assert.ok(await isInSight(before[0]), `${before[0]} is where it was`);
    }
    assert.deepEqual(
        await ana.thread(),
        Array.from({ length: 140 }, (_, i) => `Message ${i + 1}`),
    );
    await ana.see('[data-beginning=whole]', { state: 'attached' });

    const kept = await ana.find('.thread-scroll').evaluate((box) => {
        box.scrollTop = 500;
        return box.scrollTop;
    });
    await ana.play('marta', 'contact', 'Message 141');
    await ana.sees('contact', 'Message 141');
    assert.equal(
        await ana.find('.thread-scroll').evaluate((box) => box.scrollTop),
        kept,
        'nobody is pulled away from what they read',
    );
    await ana.find('[data-action=to_end]').click();
    await ana.miss('[data-action=to_end]');
});

test('where the log is kept no more, the thread says so', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana');
    await fillThread(server, 'marta', 60);
    await server.database.query(
        `DELETE FROM relevo.transition WHERE body IN (${Array.from({ length: 30 }, (_, i) => `'Message ${i + 1}'`)})`,
    );
    await ana.find('[data-testid=find]').fill('marta');
    await ana.find('[data-found-conversation=marta]').click();
    await ana.sees('contact', 'Message 60');
    await ana.find('.thread-scroll').evaluate((box) => (box.scrollTop = 0));
    await ana.see('[data-beginning=cut_off]', { hasText: 'kept no more' });
    assert.equal((await ana.thread())[0], 'Message 31');
});

test('search finds what is in no list, and what was completed long ago', async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana');
    await fillThread(server, 'order-7', 1);
    await ana.page.keyboard.press('/');
    await ana.page.keyboard.type('mart');
    await ana.see('[data-found-conversation=order-7]');
    await ana.page.keyboard.press('ArrowDown');
    await ana.page.keyboard.press('Enter');
    await ana.see('[data-testid=card-status][data-status=none]');
    await ana.sees('contact', 'Message 1');
    await ana.click('reopen');
    await ana.see('[data-testid=card-status][data-status=open]');
    await ana.click('complete');
    await ana.see('[data-testid=card-status][data-status=completed]');
    await ana.find('[data-testid=find]').fill('ORDER');
    await ana.see('[data-testid=found][data-found=found] .empty');
    await ana.find('[data-testid=find]').fill('order-');
    await ana.see('[data-found-conversation=order-7] .status-completed');
    await ana.find('[data-testid=find]').press('Escape');
    await ana.seesIn('completed', 'order-7');
});

test("erasing wipes the name and all that was written, from everybody's screen and the phone's", async (t) => {
    const server = await startDemo(t);
    const ana = await AgentPage.open(t, server, 'ana');
    const carla = await AgentPage.open(t, server, 'carla');
    const id = await ana.newConversation('My card number is 4111');
    await Promise.all([ana.select(id), carla.select(id)]);
    await ana.write('Please do not send that');
    await carla.sees('agent', 'Please do not send that');
    assert.equal(await ana.find('[data-action=erase]').count(), 0, 'only a supervisor may');
    const name = await carla.find('[data-testid=card-name]').innerText();

    await carla.click('erase');
    await carla.find('[data-action=erase_cancel]').click();
    await carla.sees('contact', '4111');
    await carla.click('erase');
    await carla.find('[data-action=erase_confirm]').click();
    for (const page of [ana, carla]) {
        await page.see('[data-line=erase]', { hasText: /erased the contact/ });
        await page.page.waitForFunction(
            (gone) => !gone.some((text) => document.body.innerText.includes(text)),
            ['4111', 'Please do not', name],
        );
        assert.equal((await page.thread()).length, 2, 'that something was said is still there');
    }
    await ana.write('Who is this?');
    await carla.sees('agent', 'Who is this?');
});

test('after the connection broke the thread goes on without a gap', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server, { may: MAY_FAIL_TO_CONNECT });
    const id = await ana.newConversation('One');
    await Promise.all([ana.select(id), bruno.select(id)]);
    await bruno.page.context().setOffline(true);
    await server.kill();
    await ana.see('[data-connection=reconnecting]');
    await ana.write('Two, written into the dark');
    await ana.see('[data-delivery=waiting]');
    await server.startAgain();
    await ana.untilLive();
    await ana.sees('agent', 'Two, written into the dark');
    await ana.play(id, 'contact', 'Three');
    await ana.click('complete');
    await ana.sees('contact', 'Three');
    await bruno.see('[data-connection=reconnecting]');
    assert.deepEqual(await bruno.thread(), ['One'], 'away, it shows what it knows');
    await bruno.page.context().setOffline(false);
    await bruno.untilLive();
    await bruno.see('[data-line=complete]');
    assert.deepEqual(await bruno.thread(), ['One', 'Two, written into the dark', 'Three']);
    assert.deepEqual(await ana.thread(), await bruno.thread());
});

test('of two windows of one person the newer plays the phone and the bot, until the older takes them back', async (t) => {
    const server = await startDemo(t);
    const first = await AgentPage.open(t, server, 'ana');
    await first.play('', 'contact', 'Hello');
    const second = await AgentPage.open(t, server, 'ana');
    await first.find('[data-action=sim_take_back]').click();
    await second.see('[data-testid=simulator][data-players=closed]');
    await first.see('[data-testid=simulator][data-players=connected]');
    const id = await first.find('[data-testid=sim-conversation]').inputValue();
    assert.equal((await first.play(id, 'contact', 'Still here')).outcome, 'done');
    await first.see('[data-testid=phone] [data-phone-from=contact]', { hasText: 'Still here' });
});
