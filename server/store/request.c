#include "store/request.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct request *request_create(enum request_kind kind, void *asked)
{
    struct request *request = alloc_zeroed(sizeof(*request));
    request->kind = kind;
    request->asked = asked;
    request->asked_us = (int64_t)(uv_hrtime() / 1000);
    list_init(&request->link);
    switch (kind) {
    case REQUEST_LOAD: request->load->workspace_id = 0; break;
    case REQUEST_APPEND:
        request->append->foreign = NULL;
        request->append->foreign_count = 0;
        request->append->seqs = NULL;
        break;
    case REQUEST_READ:
        request->read->found = false;
        request->read->result = (struct conversation){0};
        break;
    case REQUEST_PLACE: request->place->is_of_log = false; break;
    case REQUEST_PAGE:
        request->page->rows = NULL;
        request->page->rows_count = 0;
        break;
    case REQUEST_DUE:
        request->due->workspaces = NULL;
        request->due->workspaces_count = 0;
        break;
    case REQUEST_HEADS:
        request->heads->seqs = NULL;
        request->heads->marks_ms = NULL;
        break;
    case REQUEST_REVOCATIONS:
        request->revocations->list = NULL;
        request->revocations->count = 0;
        break;
    case REQUEST_LOG:
        request->log->transitions = NULL;
        request->log->transitions_count = 0;
        request->log->is_cut = false;
        break;
    case REQUEST_HISTORY:
        request->history->transitions = NULL;
        request->history->transitions_count = 0;
        break;
    case REQUEST_FIND:
        request->find->rows = NULL;
        request->find->rows_count = 0;
        break;
    case REQUEST_CONSUME:
    case REQUEST_TEND: break;
    }
    return request;
}

void request_empty(const struct request *request)
{
    switch (request->kind) {
    case REQUEST_APPEND: store_append_finish(request->append); break;
    case REQUEST_READ: store_read_finish(request->read); break;
    case REQUEST_PAGE: store_page_finish(request->page); break;
    case REQUEST_DUE: store_due_finish(request->due); break;
    case REQUEST_HEADS: store_heads_finish(request->heads); break;
    case REQUEST_REVOCATIONS: store_revocations_finish(request->revocations); break;
    case REQUEST_LOG: store_log_finish(request->log); break;
    case REQUEST_HISTORY: store_history_finish(request->history); break;
    case REQUEST_FIND: store_find_finish(request->find); break;
    case REQUEST_LOAD:
    case REQUEST_PLACE:
    case REQUEST_CONSUME:
    case REQUEST_TEND: break;
    }
}

void request_answer(struct request *request, enum store_outcome outcome)
{
    struct request answered = *request;
    list_remove(&request->link);
    free(request);
    switch (answered.kind) {
    case REQUEST_LOAD:
        answered.load->outcome = outcome;
        answered.load->done(answered.load);
        break;
    case REQUEST_APPEND:
        answered.append->outcome = outcome;
        answered.append->done(answered.append);
        break;
    case REQUEST_READ:
        answered.read->outcome = outcome;
        answered.read->done(answered.read);
        break;
    case REQUEST_PLACE:
        answered.place->outcome = outcome;
        answered.place->done(answered.place);
        break;
    case REQUEST_PAGE:
        answered.page->outcome = outcome;
        answered.page->done(answered.page);
        break;
    case REQUEST_DUE:
        answered.due->outcome = outcome;
        answered.due->done(answered.due);
        break;
    case REQUEST_HEADS:
        answered.heads->outcome = outcome;
        answered.heads->done(answered.heads);
        break;
    case REQUEST_REVOCATIONS:
        answered.revocations->outcome = outcome;
        answered.revocations->done(answered.revocations);
        break;
    case REQUEST_LOG:
        answered.log->outcome = outcome;
        answered.log->done(answered.log);
        break;
    case REQUEST_HISTORY:
        answered.history->outcome = outcome;
        answered.history->done(answered.history);
        break;
    case REQUEST_FIND:
        answered.find->outcome = outcome;
        answered.find->done(answered.find);
        break;
    case REQUEST_CONSUME:
        answered.consume->outcome = outcome;
        answered.consume->done(answered.consume);
        break;
    case REQUEST_TEND: break;
    }
}

void request_answer_all(struct list *requests, enum store_outcome outcome)
{
    struct list taken;
    list_init(&taken);
    list_move_all(&taken, requests);
    for (struct list *link = list_take_first(&taken); link != NULL; link = list_take_first(&taken))
        request_answer(request_of(link), outcome);
}

void request_forget_all(struct list *requests)
{
    for (struct list *link = list_take_first(requests); link != NULL; link = list_take_first(requests))
        free(request_of(link));
}

/* https://www.postgresql.org/docs/15/errcodes-appendix.html. Two characters stand for a whole class. */
static const struct {
    const char *sqlstate;
    enum trouble trouble;
} troubles[] = {
    {"40001", TROUBLE_PASSING},                               /* serialization failure */
    {"40P01", TROUBLE_PASSING},                               /* deadlock */
    {"55P03", TROUBLE_PASSING},                               /* lock not to be had in time */
    {"08", TROUBLE_SESSION},                                  /* connection */
    {"57P", TROUBLE_SESSION},                                 /* shutdown, start-up */
    {"25006", TROUBLE_READ_ONLY}, {"26000", TROUBLE_SESSION}, /* a prepared statement is gone */
    {"0A000", TROUBLE_SESSION},                               /* a cached plan no longer fits its table */
    {"53", TROUBLE_FULL},                                     /* disk, memory, connections */
    {"57014", TROUBLE_FULL},                                  /* statement_timeout */
    {"58030", TROUBLE_FULL},                                  /* input/output */
};

enum trouble trouble_of(const char *sqlstate)
{
    for (size_t i = 0; i < ARRAY_COUNT(troubles); i++) {
        if (strncmp(sqlstate, troubles[i].sqlstate, strlen(troubles[i].sqlstate)) == 0)
            return troubles[i].trouble;
    }
    return TROUBLE_UNKNOWN;
}
