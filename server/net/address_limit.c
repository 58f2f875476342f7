#include "net/address_limit.h"

#include <assert.h>
#include <stdlib.h>

#include "protocol/limits.h"

enum { V6_NETWORK_BYTES = 8 };

struct address_count {
    struct address address;
    int connections;
    int strangers; /* of them, who have not signed in */
};

static struct bytes address_count_key(const void *value)
{
    return bytes_make(((const struct address_count *)value)->address.bytes, sizeof(struct address));
}

void address_limit_init(struct address_limit *limit, const struct proxies *proxies, struct hash_key random)
{
    *limit = (struct address_limit){.proxies = proxies};
    map_init(&limit->by_address, address_count_key, random);
}

void address_limit_finish(struct address_limit *limit)
{
    assert(limit->by_address.count == 0);
    map_finish(&limit->by_address);
}

static struct address_count *address_limit_find(struct address_limit *limit, struct address from)
{
    if (!address_is_v4(&from))
        memset(from.bytes + V6_NETWORK_BYTES, 0, sizeof(from.bytes) - V6_NETWORK_BYTES);
    struct address_count *count = map_get(&limit->by_address, bytes_make(from.bytes, sizeof(from.bytes)));
    if (count == NULL) {
        count = alloc_zeroed(sizeof(*count));
        count->address = from;
        map_add(&limit->by_address, count);
    }
    return count;
}

bool address_limit_admit(struct address_limit *limit, struct address_use *use, struct address from)
{
    char text[ADDRESS_TEXT_SIZE];
    address_limit_leave(limit, use);
    use->address = from;
    if (address_is_loopback(&from) || proxies_have(limit->proxies, &from))
        return true;
    struct address_count *count = address_limit_find(limit, from);
    bool is_crowded = count->connections >= LIMIT_CONNECTIONS_OF_ADDRESS;
    if (is_crowded || count->strangers >= LIMIT_STRANGERS_OF_ADDRESS) {
        if (log_ration_allows(&limit->lines, "address_refused"))
            log_warn("address_refused", "address=%s connections=%d not_signed_in=%d hint=%s",
                     address_format(&from, text), count->connections, count->strangers,
                     log_quote("if it is a proxy, name it with --trusted-proxy"));
        return false;
    }
    use->count = count;
    count->connections++;
    count->strangers += !use->is_known;
    return true;
}

void address_limit_sign_in(struct address_use *use)
{
    if (use->count != NULL)
        use->count->strangers -= !use->is_known;
    use->is_known = true;
}

void address_limit_leave(struct address_limit *limit, struct address_use *use)
{
    struct address_count *count = use->count;
    use->count = NULL;
    if (count == NULL)
        return;
    count->strangers -= !use->is_known;
    if (--count->connections > 0)
        return;
    map_remove(&limit->by_address, address_count_key(count));
    free(count);
}
