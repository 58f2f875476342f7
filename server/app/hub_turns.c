/* What workspaces may take of the hub, and in which turn. */
#include "app/hub_private.h"
#include "app/principal.h"
#include "app/session_private.h"
#include "protocol/limits.h"

void hub_set_quotas(struct hub *hub, const struct quotas *quotas)
{
    hub->options.quotas = *quotas;
    hub->lookups.queue.of_group = (struct rate_limit){quotas->lookups_per_s, 2 * quotas->lookups_per_s};
}

void hub_refuse_for_quota(struct hub *hub, const struct desk *desk, enum quota quota)
{
    hub->stats.quota_refusals[quota]++;
    if (log_ration_allows(&hub->quota_lines, "workspace_quota"))
        log_warn("workspace_quota", "workspace=%s quota=%s", log_quote(text_string(desk->workspace)),
                 quota_name(quota));
}

/* A client that comes in is told who is there and what stands in the lists, which costs more than what it has
 * sent: whoever comes and goes as fast as he can would have the others wait for that. */

void hub_await_turn(struct hub *hub, struct session *session)
{
    turns_wait(&hub->arrivals, &session->desk->arrivals_turn, &session->principal->arrivals,
               &session->joining.turn);
}

static void hub_let_in(struct fair_item *item)
{
    struct session *session = CONTAINER_OF(item, struct session, joining.turn);
    turns_end(&session->hub->arrivals, item);
    session->joining.has_turn = true;
    session_try_join(session);
}

/* What commands wait for is asked for also where the database is away: they are refused then. */
void hub_init_turns(struct hub *hub)
{
    static const struct rate_limit no_limit = {0, 0};
    turns_init(&hub->lookups, hub, WORK_LOOKUPS, lookup_take);
    fair_queue_init(&hub->lookups.queue, LIMIT_LOOKUPS_AT_ONCE, LIMIT_LOOKUPS_OF_WORKSPACE_AT_ONCE, no_limit);
    hub->lookups.needs_store = true;
    turns_init(&hub->reads, hub, WORK_READS, lookup_take);
    fair_queue_init(&hub->reads.queue, LIMIT_READS_AT_ONCE, LIMIT_READS_OF_WORKSPACE_AT_ONCE, no_limit);
    turns_init(&hub->arrivals, hub, WORK_ARRIVALS, hub_let_in);
    fair_queue_init(&hub->arrivals.queue, SIZE_MAX, SIZE_MAX, no_limit);
    hub->arrivals.at_once_max = LIMIT_SIGN_INS_A_TURN;
}

void hub_finish_turns(struct hub *hub)
{
    fair_queue_finish(&hub->lookups.queue);
    fair_queue_finish(&hub->reads.queue);
    fair_queue_finish(&hub->arrivals.queue);
}
