/* What workspaces may take of the hub, and in which turn. */
#include "app/hub_private.h"
#include "app/principal.h"
#include "app/session_private.h"
#include "protocol/limits.h"

void hub_set_quotas(struct hub *hub, const struct quotas *quotas)
{
    hub->options.quotas = *quotas;
    hub->lookups.of_group = (struct rate_limit){quotas->lookups_per_s, 2 * quotas->lookups_per_s};
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
    fair_queue_add(&hub->arrivals, &session->desk->arrivals_turn, &session->principal->arrivals,
                   &session->joining.turn, hub->now.mono_us);
}

void hub_let_in(struct hub *hub)
{
    struct fair_item *item;
    for (int i = 0;
         i < LIMIT_SIGN_INS_A_TURN && (item = fair_queue_take(&hub->arrivals, hub->now.mono_us)) != NULL;
         i++) {
        struct session *session = CONTAINER_OF(item, struct session, joining.turn);
        fair_queue_end(&hub->arrivals, item);
        session->joining.has_turn = true;
        session_try_join(session);
    }
}

int64_t hub_arrivals_us(const struct hub *hub)
{
    if (fair_queue_has_turn(&hub->arrivals))
        return hub->now.mono_us;
    int64_t paced_ms = fair_queue_deadline_ms(&hub->arrivals);
    return paced_ms == INT64_MAX ? INT64_MAX : paced_ms * 1000;
}
