#include "net/visitors.h"

#include <assert.h>
#include <stdlib.h>

#include "protocol/limits.h"

enum { V6_NETWORK_BYTES = 8 };

struct visitor {
    struct address address;
    int connections;
    int strangers; /* of them, who have not signed in */
};

static struct bytes visitor_key(const void *value)
{
    return bytes_make(((const struct visitor *)value)->address.bytes, sizeof(struct address));
}

void visitors_init(struct visitors *visitors, const struct proxies *proxies, struct hash_key random)
{
    *visitors = (struct visitors){.proxies = proxies};
    map_init(&visitors->by_address, visitor_key, random);
}

void visitors_finish(struct visitors *visitors)
{
    assert(visitors->by_address.count == 0);
    map_finish(&visitors->by_address);
}

static struct visitor *visitors_find(struct visitors *visitors, struct address from)
{
    if (!address_is_v4(&from))
        memset(from.bytes + V6_NETWORK_BYTES, 0, sizeof(from.bytes) - V6_NETWORK_BYTES);
    struct visitor *visitor = map_get(&visitors->by_address, bytes_make(from.bytes, sizeof(from.bytes)));
    if (visitor == NULL) {
        visitor = alloc_zeroed(sizeof(*visitor));
        visitor->address = from;
        map_add(&visitors->by_address, visitor);
    }
    return visitor;
}

bool visitors_admit(struct visitors *visitors, struct guest *guest, struct address from)
{
    char text[ADDRESS_TEXT_SIZE];
    visitors_leave(visitors, guest);
    guest->address = from;
    if (address_is_loopback(&from) || proxies_have(visitors->proxies, &from))
        return true;
    struct visitor *visitor = visitors_find(visitors, from);
    bool is_crowded = visitor->connections >= LIMIT_CONNECTIONS_OF_ADDRESS;
    if (is_crowded || visitor->strangers >= LIMIT_STRANGERS_OF_ADDRESS) {
        if (log_ration_allows(&visitors->lines, "address_refused"))
            log_warn("address_refused", "address=%s connections=%d not_signed_in=%d hint=%s",
                     address_format(&from, text), visitor->connections, visitor->strangers,
                     log_quote("if it is a proxy, name it with --trusted-proxy"));
        return false;
    }
    guest->visitor = visitor;
    visitor->connections++;
    visitor->strangers += !guest->is_known;
    return true;
}

void visitors_know(struct guest *guest)
{
    if (guest->visitor != NULL)
        guest->visitor->strangers -= !guest->is_known;
    guest->is_known = true;
}

void visitors_leave(struct visitors *visitors, struct guest *guest)
{
    struct visitor *visitor = guest->visitor;
    guest->visitor = NULL;
    if (visitor == NULL)
        return;
    visitor->strangers -= !guest->is_known;
    if (--visitor->connections > 0)
        return;
    map_remove(&visitors->by_address, visitor_key(visitor));
    free(visitor);
}
