#include "net/forwarded.h"

bool proxies_have(const struct proxies *proxies, const struct address *address)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (network_has(&proxies->networks[i], address))
            return true;
    return false;
}

static bool is_blank(uint8_t character)
{
    return character == ' ' || character == '\t';
}

/* Takes the last element off a list with commas. */
static struct bytes take_last(struct bytes *list)
{
    size_t begin = list->size;
    while (begin > 0 && list->data[begin - 1] != ',')
        begin--;
    struct bytes element = bytes_make(list->data + begin, list->size - begin);
    list->size = begin > 0 ? begin - 1 : 0;
    while (element.size > 0 && is_blank(element.data[0]))
        element = bytes_make(element.data + 1, element.size - 1);
    while (element.size > 0 && is_blank(element.data[element.size - 1]))
        element.size--;
    return element;
}

/* An address as proxies write it: bare, an IPv6 one also in brackets, and each with a port behind it. */
static bool parse_element(struct bytes element, struct address *address_r)
{
    if (address_parse(element, address_r))
        return true;
    const uint8_t *end =
        element.size == 0 ? NULL : memchr(element.data, element.data[0] == '[' ? ']' : ':', element.size);
    if (end == NULL)
        return false;
    size_t skipped = element.data[0] == '[';
    size_t after = (size_t)(end - element.data) + skipped; /* where a port would begin, with its colon */
    struct bytes port = bytes_make(element.data + after, element.size - after);
    for (size_t i = 0; i < port.size; i++)
        if (i == 0 ? port.data[i] != ':' : port.data[i] < '0' || port.data[i] > '9')
            return false;
    return address_parse(bytes_make(element.data + skipped, (size_t)(end - element.data) - skipped),
                         address_r);
}

struct address forwarded_client(struct address peer, const struct proxies *proxies,
                                struct bytes forwarded_for)
{
    struct address client = peer;
    while (forwarded_for.size > 0 && proxies_have(proxies, &client)) {
        struct address before;
        if (!parse_element(take_last(&forwarded_for), &before))
            break;
        client = before;
    }
    return client;
}
