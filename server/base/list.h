#ifndef RELEVO_BASE_LIST_H
#define RELEVO_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* An intrusive, doubly linked ring. A link that is on no list points at itself, so taking it off again is
 * harmless. */
struct list {
    struct list *next;
    struct list *previous;
};

static inline void list_init(struct list *link)
{
    link->next = link;
    link->previous = link;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

static inline bool list_is_linked(const struct list *link)
{
    return link->next != link;
}

/* Puts a link that is on no list at the end. */
static inline void list_append(struct list *list, struct list *link)
{
    link->previous = list->previous;
    link->next = list;
    list->previous->next = link;
    list->previous = link;
}

/* Puts a link that is on no list at the beginning. */
static inline void list_prepend(struct list *list, struct list *link)
{
    list_append(list->next, link);
}

static inline void list_remove(struct list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    list_init(link);
}

/* Moves everything on `from` to the end of `to`. */
static inline void list_move_all(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->previous = to->previous;
    to->previous->next = from->next;
    from->previous->next = to;
    to->previous = from->previous;
    list_init(from);
}

/* Takes the first link off and returns it; NULL where there is none. */
static inline struct list *list_take_first(struct list *list)
{
    if (list_is_empty(list))
        return NULL;
    struct list *link = list->next;
    list_remove(link);
    return link;
}

/* Walks the list; the link at hand may be removed while it is walked. */
#define LIST_FOR_EACH(link, ring)                                                                            \
    for (struct list *link = (ring)->next, *link##_next = link->next; link != (ring);                        \
         link = link##_next, link##_next = link->next)

#endif
