#ifndef RELEVO_PROTOCOL_COLUMNS_H
#define RELEVO_PROTOCOL_COLUMNS_H

#include "core/transition.h"
#include "protocol/writer.h"

/* Inside protocol/ only: rows as they travel (PROTOCOL.md, "Rows"), an array of columns whose names `welcome`
 * tells. */

/* Writes the names of a row's columns, in order. */
void columns_put_names(struct writer *writer);

/* Writes one conversation as a row. */
void columns_put_row(struct writer *writer, const struct conversation *conversation);

/* The same for transitions, as they travel in log, thread and history (PROTOCOL.md, "Entries"). */
void columns_put_log_names(struct writer *writer);
void columns_put_entry(struct writer *writer, const struct transition *transition);

#endif
