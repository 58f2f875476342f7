#ifndef RELEVO_CORE_CLEAN_H
#define RELEVO_CORE_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* What people send is never refused for how it looks (PROTOCOL.md, "Texts as they come"): what is recorded of
 * it is cleaned. CRLF, CR, VT and FF become a line feed; other controls (below U+0020 but tab and line feed,
 * and U+007F) are dropped; bytes that are no UTF-8 become U+FFFD, one for each sequence that is cut short or
 * for each byte that begins none, as WHATWG's decoder has it
 * (https://encoding.spec.whatwg.org/#utf-8-decoder). */

/* A body, or why a delivery failed: text that may have tabs and line feeds, of at most CLEAN_GROWTH times the
 * size. The caller owns it; NULL where nothing is left. */
struct text *clean_lines(struct bytes raw);

/* A name: as above, and its line ends and tabs become a blank. Cut behind the last character that ends within
 * size_max bytes. */
struct text *clean_name(struct bytes raw, size_t size_max);

/* Whether cleaning leaves nothing. */
bool clean_leaves_nothing(struct bytes raw);

/* A byte that is no UTF-8 becomes the three of U+FFFD. */
enum { CLEAN_GROWTH = 3 };

#endif
