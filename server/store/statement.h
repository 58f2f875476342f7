#ifndef RELEVO_STORE_STATEMENT_H
#define RELEVO_STORE_STATEMENT_H

/* The text of a file of sql/statements, by its name without ".sql", which there is. */
const char *statement_sql(const char *name);

#endif
