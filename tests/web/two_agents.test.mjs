// Two agents' pages side by side: what one does, the other shows.

import assert from 'node:assert/strict';
import { test } from '../e2e/support/whole.mjs';
import { AgentPage, openHeld, openTwo, startDemo } from './support/browser.mjs';

test('what one agent does, the other sees', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server);
    const id = await ana.newConversation('Where is my order?');
    await bruno.seesIn('open', id);
    await Promise.all([ana.select(id), bruno.select(id)]);
    await bruno.sees('contact', 'Where is my order?');
    await bruno.see('[data-testid=last-action] >> text=/bot/i');

    await ana.click('take');
    await bruno.see('[data-testid=holder][data-holder=ana]');
    await bruno.see(`${bruno.row(id)} [data-assignee=ana]`);
    assert.ok(await bruno.find('[data-card] [data-action=complete]').isDisabled(), 'Ana has it');

    await ana.assign('bruno');
    await bruno.see('[data-testid=holder][data-holder=bruno]');
    await bruno.click('release');
    await ana.see('[data-testid=holder][data-holder=""]');

    await bruno.write('It is on its way.');
    await ana.sees('agent', 'It is on its way.');
    await ana.see('[data-testid=holder][data-holder=bruno]');
    await bruno.click('release');
    await ana.see('[data-testid=holder][data-holder=""]');

    await ana.click('resume_bot');
    await bruno.see('[data-testid=bot-panel][data-pause=bot_back]');
    await bruno.click('keep_open');
    await ana.see('[data-testid=bot-panel][data-pause=until]');
    await ana.find('[data-pause-choice=until_completed]').check({ force: true });
    await ana.click('keep_open');
    await bruno.see('[data-testid=bot-panel][data-pause=until_completed]');

    await ana.click('set_automation');
    await bruno.see('[data-testid=bot-panel][data-pause=off]');
    await bruno.click('set_automation');
    await ana.see('[data-testid=bot-panel][data-pause=until]');

    await ana.click('complete');
    await bruno.seesIn('completed', id);
    assert.deepEqual([await bruno.count('open'), await bruno.count('completed')], [0, 1]);
    await bruno.click('reopen');
    await ana.seesIn('open', id);
    await ana.click('unlink');
    await bruno.see('[data-testid=card-status][data-status=none]');
    await Promise.all([ana, bruno].map((page) => page.miss(page.row(id))));
    assert.deepEqual([await bruno.count('open'), await bruno.count('completed')], [0, 0]);
});

test('what the contact writes is unread until somebody looks', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server);
    const id = await ana.newConversation('One');
    await ana.play(id, 'contact', 'Two');
    await bruno.see(`${bruno.row(id)}[data-unread="2"]`);
    await bruno.select(id);
    await Promise.all([ana, bruno].map((page) => page.see(`${page.row(id)}[data-unread="0"]`)));
});

test('the countdown runs on both screens, agrees, and ends: the bot is back', async (t) => {
    const server = await startDemo(t, { pauseMs: 15_000 });
    const [ana, bruno] = await openTwo(t, server);
    const id = await ana.newConversation();
    await Promise.all([ana.select(id), bruno.select(id)]);
    await ana.click('resume_bot');
    await bruno.see('[data-testid=bot-panel][data-pause=bot_back]');
    await ana.click('keep_open');
    await bruno.see('[data-testid=bot-panel][data-pause=until]');

    const shown = () => Promise.all([ana.secondsLeft(), bruno.secondsLeft()]);
    const before = await shown();
    await ana.page.waitForFunction(
        (left) => !document.querySelector('[data-testid=countdown]').innerText.endsWith(`${left}`),
        before[0],
    );
    const later = await shown();
    for (const [here, there] of [before, later]) assert.ok(Math.abs(here - there) <= 1, `${before} ${later}`);
    assert.ok(before[0] <= 15 && later[0] < before[0], `${before} ${later}`);

    await Promise.all([ana, bruno].map((page) => page.see('[data-testid=bot-panel][data-pause=bot_back]')));
    await bruno.see('[data-testid=last-action] >> text=/pause ended/i');
    assert.equal((await ana.play(id, 'bot', 'Here I am again.')).outcome, 'done');
    await bruno.sees('bot', 'Here I am again.');
});

test('while a person has it the bot is refused, and everybody sees that it tried', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server);
    const id = await ana.newConversation();
    await bruno.select(id);
    const refused = await ana.play(id, 'bot', 'Let me tell you something');
    assert.deepEqual([refused.outcome, refused.reason], ['refused', 'paused']);
    await bruno.see('[data-testid=bot-panel] [data-bot-blocked=true]');
    await bruno.click('resume_bot');
    await ana.see(`${ana.row(id)} [data-pause=bot_back]`);
    assert.equal((await ana.play(id, 'bot', 'Thank you')).outcome, 'done');
});

test('a click on what somebody has just changed says who did it', async (t) => {
    const server = await startDemo(t);
    const [ana, line] = await openHeld(t, server, 'ana', 'down');
    const bruno = await AgentPage.open(t, server, 'bruno');
    const id = await bruno.newConversation();
    await ana.select(id);
    await bruno.select(id);
    line.hold();
    await bruno.click('complete');
    await bruno.seesIn('completed', id);
    await ana.click('take');
    await bruno.find('[data-card]').waitFor();
    line.letGo();
    await ana.see('[data-testid=refusal][data-reason=stale] >> text=/Bruno completed it/');
    await ana.seesIn('completed', id);
});
