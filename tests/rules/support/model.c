#include "model.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/builders.h"

static void model_pause(struct model *model, const struct actor *actor, const struct command *command,
                        int64_t now_ms)
{
    if (!model->has_automation)
        return;
    int64_t end_ms = FOREVER;
    if (command->pause.kind == PAUSE_WISH_DEFAULT)
        end_ms = now_ms + HOUR_MS;
    else if (command->pause.kind == PAUSE_WISH_FOR)
        end_ms = now_ms + command->pause.duration_ms;
    bool may_shorten = command->pause.kind == PAUSE_WISH_FOR && actor->role != ROLE_AUTOMATION;
    if (may_shorten || end_ms > model->pause_end_ms)
        model->pause_end_ms = end_ms;
}

static void model_open(struct model *model, const struct actor *actor, const struct command *command,
                       int64_t now_ms)
{
    model->is_open = true;
    model->is_listed = true;
    model_pause(model, actor, command, now_ms);
}

static void model_open_to_nobody(struct model *model)
{
    if (!model->is_open)
        memset(model->assignee, 0, sizeof(model->assignee));
    model->is_open = model->is_listed = true;
}

static void model_assign(struct model *model, struct bytes id)
{
    memset(model->assignee, 0, sizeof(model->assignee));
    memcpy(model->assignee, id.data, id.size);
}

static void model_wait(struct model *model, int64_t now_ms)
{
    if (model->waiting_since_ms == 0)
        model->waiting_since_ms = now_ms;
}

static void model_hand_over(struct model *model, const struct actor *actor, int64_t now_ms)
{
    if (actor->role != ROLE_AUTOMATION || !model->owes_answer)
        return;
    model_wait(model, now_ms);
    model->waits_for_person = true;
}

static void model_end_wait(struct model *model)
{
    model->waiting_since_ms = 0;
    model->waits_for_person = false;
}

static void model_open_by_flow(struct model *model, const struct actor *actor, const struct command *command,
                               int64_t now_ms)
{
    if (model->is_open && model->pause_end_ms != 0 && command->pause.kind == PAUSE_WISH_DEFAULT)
        return;
    model_open_to_nobody(model);
    model_open(model, actor, command, now_ms);
    model_hand_over(model, actor, now_ms);
}

static void model_assign_to(struct model *model, const struct actor *actor, const struct command *command,
                            int64_t now_ms)
{
    model_assign(model, command->assignee);
    if (command->assignee.size == 0)
        return;
    model_open(model, actor, command, now_ms);
    model_hand_over(model, actor, now_ms);
}

static void model_close(struct model *model, bool is_listed)
{
    model->is_open = false;
    model->is_listed = is_listed;
    model->pause_end_ms = 0;
    model_end_wait(model);
}

void model_apply(struct model *model, const struct actor *actor, const struct command *command,
                 int64_t now_ms)
{
    if (!model->exists)
        *model = (struct model){.exists = true, .has_automation = true};
    switch (command->action) {
    case ACTION_OPEN: model_open_by_flow(model, actor, command, now_ms); break;
    case ACTION_REOPEN:
    case ACTION_KEEP_OPEN: model_open(model, actor, command, now_ms); break;
    case ACTION_ASSIGN: model_assign_to(model, actor, command, now_ms); break;
    case ACTION_SEND_MESSAGE:
        model_open(model, actor, command, now_ms);
        model->sent++;
        model->owes_answer = false;
        model_end_wait(model);
        if (command->take)
            model_assign(model, text_bytes(actor->id));
        break;
    case ACTION_BOT_MESSAGE:
        model->sent++;
        if (!model->waits_for_person)
            model_end_wait(model);
        break;
    case ACTION_RESUME_BOT: model->waits_for_person = false; /* fall through */
    case ACTION_EXPIRE: model->pause_end_ms = 0; break;
    case ACTION_COMPLETE: model_close(model, true); break;
    case ACTION_UNLINK:
        model_close(model, false);
        memset(model->assignee, 0, sizeof(model->assignee));
        break;
    case ACTION_SET_AUTOMATION:
        if (model->has_automation == command->enabled)
            break;
        model->has_automation = command->enabled;
        model->pause_end_ms = command->enabled && model->is_open ? now_ms + HOUR_MS : 0;
        if (!command->enabled && model->waiting_since_ms != 0)
            model_open_to_nobody(model);
        break;
    case ACTION_CONTACT_MESSAGE:
        model->received++;
        model->unread++;
        model->owes_answer = true;
        model_wait(model, now_ms);
        if (!model->has_automation || model->pause_end_ms != 0)
            model->waits_for_person = true;
        if (!model->has_automation)
            model_open_to_nobody(model);
        break;
    case ACTION_MARK_READ: {
        int64_t later = model->received > command->received ? model->received - command->received : 0;
        model->unread = model->unread < later ? model->unread : later;
        break;
    }
    case ACTION_MESSAGE_STATUS:
    case ACTION_ERASE: break;
    case ACTION_BOT_BLOCKED:
    case ACTION_AGENT_SEEN: cr_assert_fail("nobody can ask for this");
    }
}
