#ifndef RELEVO_PROTOCOL_COLUMNS_H
#define RELEVO_PROTOCOL_COLUMNS_H

#include "core/conversation.h"
#include "protocol/writer.h"

/* Inside protocol/ only: rows as they travel (PROTOCOL.md, "Rows"), an array of columns whose names `welcome`
 * tells. */

/* Writes the names of a row's columns, in order. */
void columns_put_names(struct writer *writer);

/* Writes one conversation as a row. */
void columns_put_row(struct writer *writer, const struct conversation *conversation);

#endif
