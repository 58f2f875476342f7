#include "net/forwarded.h"
#include "protocol/limits.h"
#include "support/fuzz_input.h"

/* X-Forwarded-For: any header, from any peer, before any proxies. Nobody can add to its front what changes
 * where he is taken to be, and who is no proxy of ours cannot say anything at all.
 *
 * An input is three lines: our proxies, with blanks between; the peer; the header. */

enum { HEADER_BYTES_MAX = 4096 };

/* Whoever is found is found again behind whatever a client says itself. */
static void check_front(struct address peer, const struct proxies *proxies, struct bytes header,
                        const struct address *client)
{
    static const char *const fronts[] = {"203.0.113.9, ", ",", "10.0.0.1,", "garbage, ", "::1 ,,"};
    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
        static uint8_t longer[HEADER_BYTES_MAX + 32];
        size_t size = strlen(fronts[i]);
        memcpy(longer, fronts[i], size);
        if (header.size > 0)
            memcpy(longer + size, header.data, header.size);
        struct address again = forwarded_client(peer, proxies, bytes_make(longer, size + header.size));
        must(address_equal(client, &again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size < HEADER_BYTES_MAX ? size : HEADER_BYTES_MAX);
    struct bytes listed = input_take_until(&input, '\n');
    struct network networks[LIMIT_PROXIES];
    struct proxies proxies = {.networks = networks};
    while (listed.size > 0 && proxies.count < LIMIT_PROXIES)
        proxies.count += network_parse(input_take_until(&listed, ' '), &networks[proxies.count]);
    struct address peer;
    if (!address_parse(input_take_until(&input, '\n'), &peer))
        return 0;
    struct address client = forwarded_client(peer, &proxies, input);
    if (!proxies_have(&proxies, &peer))
        must(address_equal(&client, &peer));
    if (!proxies_have(&proxies, &client))
        check_front(peer, &proxies, input, &client);
    return 0;
}
