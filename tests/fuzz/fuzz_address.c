#include <arpa/inet.h>

#include "base/address.h"
#include "support/fuzz_input.h"

/* Addresses and networks from any bytes: what the C library reads is read, and as the same (but for what
 * stands behind a %); what has been read is written so that it is read as the same, and never otherwise. */

static bool library_reads(struct bytes text, struct address *address_r)
{
    char string[64];
    uint8_t v4[4];
    if (text.size >= sizeof(string) || (text.size > 0 && memchr(text.data, '\0', text.size) != NULL))
        return false;
    memcpy(string, text.size == 0 ? (const uint8_t *)"" : text.data, text.size);
    string[text.size] = '\0';
    if (inet_pton(AF_INET, string, v4) == 1) {
        *address_r = address_of_v4(v4);
        return true;
    }
    return inet_pton(AF_INET6, string, address_r->bytes) == 1;
}

static void check_address(struct bytes text)
{
    struct address address;
    struct address again;
    char place[ADDRESS_TEXT_SIZE];
    bool is_read = address_parse(text, &address);
    must(is_read == library_reads(text, &again));
    if (!is_read)
        return;
    must(address_equal(&address, &again));
    const char *shown = address_format(&address, place);
    must(strlen(shown) < ADDRESS_TEXT_SIZE);
    must(address_parse(bytes_of_string(shown), &again) && address_equal(&address, &again));
}

static void check_network(struct bytes text)
{
    struct network network;
    if (!network_parse(text, &network))
        return;
    must(network.bits >= 0 && network.bits <= 128 && network_has(&network, &network.address));
    struct address other = network.address;
    for (int bit = 0; bit < 128; bit++) {
        other.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        must(network_has(&network, &other) == (bit >= network.bits));
        other.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_address(bytes_make(data, size));
    check_network(bytes_make(data, size));
    return 0;
}
