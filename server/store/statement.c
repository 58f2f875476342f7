#include "store/statement.h"

#include <assert.h>
#include <string.h>

#include "store/sql_embedded.h"

const char *statement_sql(const char *name)
{
    for (size_t i = 0; i < sql_statements_count; i++) {
        if (strcmp(sql_statements[i].name, name) == 0)
            return sql_statements[i].text;
    }
    assert(!"a statement that sql/statements does not have");
    return NULL;
}
