#ifndef RELEVO_TESTS_SUPPORT_FOLD_H
#define RELEVO_TESTS_SUPPORT_FOLD_H

#include "base/text.h"

/* As relevo.fold (sql/migrations) folds a name, for Latin letters: lower case without accents. The caller
 * owns the text. */
struct text *fold(struct bytes name);

#endif
