/* What a connection is asked first: the session is set up, and then says which database it is in, and whether
 * that is fit. */
#include "store/connection_private.h"
#include "store/pooler.h"
#include "store/sql.h"
#include "store/sqlstate.h"

enum { SENTENCE_SIZE = 1024 };

#define STATEMENT_TIMEOUT "10s"

enum {
    GREETING_FITNESS = SQL_STEPS_COUNT,
    GREETING_SCHEMA,
};

void connection_say_greeting(struct connection *connection)
{
    const char *timeout = connection->options.statement_timeout;
    struct sql_session options = {.isolation = connection->options.isolation,
                                  .waits_for_standbys = connection->options.waits_for_standbys,
                                  .statement_timeout = timeout == NULL ? STATEMENT_TIMEOUT : timeout};
    struct sql_step steps[SQL_STEPS_COUNT];
    PQsetErrorVerbosity(connection->pg, PQERRORS_DEFAULT);
    PQsetnonblocking(connection->pg, 1);
    PQenterPipelineMode(connection->pg);
    sql_plan_session(&options, steps);
    for (int i = 0; i < SQL_STEPS_COUNT; i++)
        (void)PQsendQueryParams(connection->pg, steps[i].text, steps[i].values_count, NULL, steps[i].values,
                                NULL, NULL, 1);
    (void)PQsendQueryParams(connection->pg, sql_statement("fitness"), 0, NULL, NULL, NULL, NULL, 1);
    (void)PQsendQueryParams(connection->pg, sql_statement("schema"), 0, NULL, NULL, NULL, NULL, 1);
}

void connection_take_greeting(struct connection *connection, const struct pipeline *pipeline)
{
    struct fitness *fitness = &connection->fitness;
    fitness_finish(fitness);
    fitness_read(pipeline->results[GREETING_FITNESS], pipeline->results[GREETING_SCHEMA], fitness);
    fitness->sent_us = pipeline->sent_us;
    fitness->received_us = pipeline->received_us;
    fitness->is_direct = PQbackendPID(connection->pg) == fitness->backend_pid;
}

bool connection_judge(struct connection *connection)
{
    char sentence[SENTENCE_SIZE];
    switch (
        fitness_judge(&connection->fitness, connection->options.allow_unsafe, sentence, sizeof(sentence))) {
    case FITNESS_FIT: return true;
    case FITNESS_NOT_YET: connection_rest(connection, ATTEMPT_REFUSED, sentence); return false;
    case FITNESS_UNFIT: connection_refuse(connection, sentence); return false;
    }
    return false;
}

void connection_fail(struct connection *connection, const char *sqlstate, const char *message)
{
    char sentence[SENTENCE_SIZE];
    if (pooler_betrays_itself(sqlstate, message, sentence, sizeof(sentence))) {
        connection_refuse(connection, sentence);
        return;
    }
    switch (sqlstate_judge(sqlstate, message, sentence, sizeof(sentence))) {
    case FITNESS_FIT: connection_rest(connection, attempt_of(sqlstate), message); break;
    case FITNESS_NOT_YET: connection_rest(connection, ATTEMPT_REFUSED, sentence); break;
    case FITNESS_UNFIT: connection_refuse(connection, sentence); break;
    }
}

void connection_fail_to_connect(struct connection *connection)
{
    char message[SENTENCE_SIZE];
    char sqlstate[6] = "";
    /* What one of several hosts has against us, another may not have when it is back. */
    if (hosts_describe_trouble(connection->pg, message, sizeof(message)) == 1) {
        if (fitness_lacks_password(connection->pg, message, sizeof(message))) {
            connection_refuse(connection, message);
            return;
        }
        sqlstate_find(message, sqlstate);
    }
    connection_fail(connection, sqlstate, message);
}
