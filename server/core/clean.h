#ifndef RELEVO_CORE_CLEAN_H
#define RELEVO_CORE_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* What people send is never refused for how it looks (PROTOCOL.md, "Encoding": `lines` and `name`). It is
 * cleaned before it is recorded. CRLF, CR, VT and FF become a line feed; other controls (below U+0020 except
 * tab and line feed, and U+007F) are dropped. Bytes that are not UTF-8 become U+FFFD: one for each sequence
 * that is cut short, and one for each byte that cannot begin a sequence
 * (https://encoding.spec.whatwg.org/#utf-8-decoder). */

/* Cleans a body, or the reason of a failed delivery: it keeps tabs and line feeds. The result has at most
 * CLEAN_GROWTH times the size. The caller owns it; NULL: nothing is left. */
struct text *clean_lines(struct bytes raw);

/* Cleans a name: as above, but line ends and tabs become a blank. The name is cut behind the last character
 * that ends within size_max bytes. */
struct text *clean_name(struct bytes raw, size_t size_max);

/* Whether cleaning leaves nothing. */
bool clean_leaves_nothing(struct bytes raw);

/* One byte that is not UTF-8 becomes the three bytes of U+FFFD. */
enum { CLEAN_GROWTH = 3 };

#endif
