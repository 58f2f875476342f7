/* Alone, or not.
 *
 *             hears another: asks, so that it looks
 *   ALONE ──────────────────────────────────────────► ACCOMPANIED ──┐ is asked: says "here"
 *     ▲                                                  │    ▲     │ has said nothing for a beat: the same
 *     │  hears nobody for long: asks once more           │    └─────┘
 *     └──────────────────────────────────────────────────┘
 *        or its session is lost: asks when it has one again
 *
 * Who goes asks, as two that have been stopped for a while may both think themselves alone. A question that
 * was perhaps not heard is asked again, and so is one for whatever else may have been lost: it has the others
 * look. Questions do not go on for ever: each answers with one of its own at most once, when it stops being
 * alone. */
#include "store/company.h"

#include "protocol/limits.h"

static void company_enter_state(struct company *company, enum company_state state)
{
    company->state = state;
}

static void company_owe(struct company *company, enum company_call call)
{
    if (call > company->call)
        company->call = call;
}

void company_init(struct company *company, int64_t silent_ms)
{
    *company = (struct company){.silent_ms = silent_ms == 0 ? LIMIT_NODE_SILENT_MS : silent_ms};
}

void company_begin(struct company *company)
{
    company_owe(company, CALL_QUESTION);
}

void company_end(struct company *company)
{
    company->call = CALL_NONE;
    company_enter_state(company, COMPANY_ALONE);
}

bool company_hear(struct company *company, bool is_question, int64_t now_ms)
{
    bool was_alone = company_is_alone(company);
    company->heard_ms = now_ms;
    company_enter_state(company, COMPANY_ACCOMPANIED);
    if (was_alone)
        company_owe(company, CALL_QUESTION);
    else if (is_question)
        company_owe(company, CALL_HERE);
    return was_alone || is_question;
}

int64_t company_next_ms(const struct company *company)
{
    if (company_is_alone(company))
        return INT64_MAX;
    int64_t silent_ms = company->heard_ms + company->silent_ms;
    int64_t beat_ms = company->said_ms + LIMIT_NODE_BEAT_MS;
    return company->call == CALL_NONE && beat_ms < silent_ms ? beat_ms : silent_ms;
}

void company_advance(struct company *company, int64_t now_ms)
{
    if (company_is_alone(company))
        return;
    if (now_ms >= company->heard_ms + company->silent_ms) {
        company_enter_state(company, COMPANY_ALONE);
        company_owe(company, CALL_QUESTION);
    } else if (now_ms >= company->said_ms + LIMIT_NODE_BEAT_MS) {
        company_owe(company, CALL_HERE);
    }
}

enum company_call company_take_call(struct company *company, int64_t now_ms)
{
    enum company_call call = company->call;
    company->call = CALL_NONE;
    company->said_ms = now_ms;
    return call;
}

void company_lose_call(struct company *company)
{
    company_owe(company, CALL_QUESTION);
}
