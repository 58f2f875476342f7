#include "store/follow.h"

#include <poll.h>
#include <stdlib.h>

#include "store/errand_private.h"
#include "store/question.h"
#include "store/statement.h"

#define FIND_SQL                                                                                             \
    "SELECT w.id, h.last_seq FROM relevo.workspace w "                                                       \
    "JOIN relevo.workspace_head h ON h.workspace_id = w.id WHERE w.name = $1::text"

struct follow {
    struct errand errand;
    int64_t workspace_id;
};

static enum errand_result follow_find(struct follow *follow, const char *workspace, int64_t *last_seq_r)
{
    struct errand *errand = &follow->errand;
    PGresult *result = PQexecParams(errand->pg, FIND_SQL, 1, NULL, &workspace, NULL, NULL, 0);
    enum errand_result found = errand_judge(errand, "finding the workspace", result);
    if (found == ERRAND_DONE && PQntuples(result) == 0) {
        found = errand_say(errand, ERRAND_REFUSED, "nobody has come to a workspace of this name so far");
    } else if (found == ERRAND_DONE) {
        follow->workspace_id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        *last_seq_r = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    }
    PQclear(result);
    return found;
}

enum errand_result follow_open(const char *conninfo, const char *workspace, struct follow **follow_r,
                               int64_t *last_seq_r, char **sentence_r)
{
    struct follow *follow = alloc_zeroed(sizeof(*follow));
    enum errand_result opened = errand_begin(&follow->errand, &(struct errand_options){.conninfo = conninfo,
                                                                                       .name = "relevo tail",
                                                                                       .only_reads = true,
                                                                                       .is_unproven = true});
    if (opened == ERRAND_DONE) {
        PQclear(PQexec(follow->errand.pg,
                       statement_sql("listen"))); /* without it there is still the waiting's end */
        opened = follow_find(follow, workspace, last_seq_r);
    }
    *sentence_r = errand_sentence(&follow->errand, opened);
    *follow_r = follow;
    return opened;
}

enum errand_result follow_read(struct follow *follow, struct store_log *log, char **sentence_r)
{
    const struct question *question = question_of(STORE_LOG);
    struct parameters parameters;
    log->request.kind = STORE_LOG;
    log->workspace_id = follow->workspace_id;
    parameters_init(&parameters);
    question->ask(&log->request, &parameters);
    parameters_end(&parameters);
    PGresult *result = PQexecParams(follow->errand.pg, statement_sql(question->statement), parameters.count,
                                    NULL, parameters.values, parameters.lengths, parameters.formats, 1);
    parameters_finish(&parameters);
    enum errand_result read = errand_judge(&follow->errand, "reading the log", result);
    if (read == ERRAND_DONE)
        question->take(&log->request, result);
    PQclear(result);
    *sentence_r = errand_sentence(&follow->errand, read);
    return read;
}

void follow_wait(struct follow *follow, int64_t ms)
{
    struct pollfd wait = {.fd = PQsocket(follow->errand.pg), .events = POLLIN};
    PGnotify *notify;
    poll(&wait, 1, (int)ms);
    PQconsumeInput(follow->errand.pg); /* what is wrong with it, the next statement tells */
    while ((notify = PQnotifies(follow->errand.pg)) != NULL)
        PQfreemem(notify);
}

void follow_close(struct follow **follow)
{
    if (*follow == NULL)
        return;
    errand_end(&(*follow)->errand);
    free(*follow);
    *follow = NULL;
}
