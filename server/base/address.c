#include "base/address.h"

#include <stdio.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct address address_of_v4(const uint8_t bytes[4])
{
    struct address address;
    memcpy(address.bytes, v4_prefix, sizeof(v4_prefix));
    memcpy(address.bytes + sizeof(v4_prefix), bytes, 4);
    return address;
}

bool address_is_v4(const struct address *address)
{
    return memcmp(address->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

bool address_is_loopback(const struct address *address)
{
    static const struct address v6 = {.bytes = {[15] = 1}};
    return address_is_v4(address) ? address->bytes[12] == 127 : address_equal(address, &v6);
}

/* Takes a decimal number of at most `most` off the text. Leading zeros could be meant as octal: none. */
static bool take_decimal(struct bytes *text, int most, int *number_r)
{
    size_t size = 0;
    *number_r = 0;
    while (size < text->size && size < 4 && text->data[size] >= '0' && text->data[size] <= '9')
        *number_r = *number_r * 10 + (text->data[size++] - '0');
    if (size == 0 || *number_r > most || (size > 1 && text->data[0] == '0'))
        return false;
    *text = bytes_make(text->data + size, text->size - size);
    return true;
}

static bool take_character(struct bytes *text, char character)
{
    if (text->size == 0 || text->data[0] != (uint8_t)character)
        return false;
    *text = bytes_make(text->data + 1, text->size - 1);
    return true;
}

static bool parse_v4(struct bytes text, uint8_t bytes_r[4])
{
    for (int i = 0; i < 4; i++) {
        int number;
        if ((i > 0 && !take_character(&text, '.')) || !take_decimal(&text, 255, &number))
            return false;
        bytes_r[i] = (uint8_t)number;
    }
    return text.size == 0;
}

static int hexadecimal_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* Takes groups of two bytes, with colons between them, off the text; the last may be written as IPv4. Stops
 * in front of "::" and at the end. Returns how many bytes came, -1 where something else stands there. */
static int take_groups(struct bytes *text, uint8_t *bytes, int room)
{
    int size = 0;
    while (text->size > 0 && !(text->size >= 2 && text->data[0] == ':' && text->data[1] == ':')) {
        unsigned group = 0;
        int digits = 0;
        if (size > 0 && !take_character(text, ':'))
            return -1;
        if (size + 4 <= room && parse_v4(*text, bytes + size)) {
            *text = bytes_make(NULL, 0);
            return size + 4;
        }
        while (digits < 4 && (size_t)digits < text->size && hexadecimal_value(text->data[digits]) >= 0)
            group = group << 4 | (unsigned)hexadecimal_value(text->data[digits++]);
        if (digits == 0 || size + 2 > room)
            return -1;
        bytes[size++] = (uint8_t)(group >> 8);
        bytes[size++] = (uint8_t)group;
        *text = bytes_make(text->data + digits, text->size - (size_t)digits);
    }
    return size;
}

static bool parse_v6(struct bytes text, uint8_t bytes_r[16])
{
    uint8_t last[16];
    memset(bytes_r, 0, 16);
    int first_size = take_groups(&text, bytes_r, 16);
    if (first_size < 0)
        return false;
    if (text.size == 0)
        return first_size == 16;
    if (first_size == 16)
        return false;
    text = bytes_make(text.data + 2, text.size - 2); /* "::": at least one group of zeros */
    int last_size = take_groups(&text, last, 14 - first_size);
    if (last_size < 0 || text.size > 0)
        return false;
    memcpy(bytes_r + 16 - last_size, last, (size_t)last_size);
    return true;
}

bool address_parse(struct bytes text, struct address *address_r)
{
    uint8_t v4[4];
    if (text.size == 0)
        return false;
    if (!parse_v4(text, v4))
        return parse_v6(text, address_r->bytes);
    *address_r = address_of_v4(v4);
    return true;
}

static unsigned address_group(const struct address *address, int index)
{
    return (unsigned)address->bytes[2 * index] << 8 | address->bytes[2 * index + 1];
}

/* How many groups of zeros follow from this one on. */
static int address_zeros(const struct address *address, int from)
{
    int end = from;
    while (end < 8 && address_group(address, end) == 0)
        end++;
    return end - from;
}

const char *address_format(const struct address *address, char place[ADDRESS_TEXT_SIZE])
{
    const uint8_t *v4 = address->bytes + sizeof(v4_prefix);
    size_t size = 0;
    int gap = -1; /* the first of the longest runs of zeros, where it has two groups or more */
    int gap_groups = 1;
    if (address_is_v4(address)) {
        snprintf(place, ADDRESS_TEXT_SIZE, "%u.%u.%u.%u", v4[0], v4[1], v4[2], v4[3]);
        return place;
    }
    for (int i = 0; i < 8; i++) {
        if (address_zeros(address, i) > gap_groups) {
            gap = i;
            gap_groups = address_zeros(address, i);
        }
    }
    place[0] = '\0';
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            size += (size_t)snprintf(place + size, ADDRESS_TEXT_SIZE - size, "::");
            i += gap_groups - 1;
        } else {
            bool needs_colon = i > 0 && i != gap + gap_groups;
            needs_colon |= i > 0 && gap < 0;
            size += (size_t)snprintf(place + size, ADDRESS_TEXT_SIZE - size, "%s%x", needs_colon ? ":" : "",
                                     address_group(address, i));
        }
    }
    return place;
}

bool network_parse(struct bytes text, struct network *network_r)
{
    const uint8_t *slash = text.size == 0 ? NULL : memchr(text.data, '/', text.size);
    size_t address_size = slash == NULL ? text.size : (size_t)(slash - text.data);
    if (!address_parse(bytes_make(text.data, address_size), &network_r->address))
        return false;
    network_r->bits = 128;
    if (slash == NULL)
        return true;
    /* Bits are counted as the address is written: of 32 where it is IPv4. */
    bool is_short = memchr(text.data, ':', address_size) == NULL;
    struct bytes rest = bytes_make(slash + 1, text.size - address_size - 1);
    if (!take_decimal(&rest, is_short ? 32 : 128, &network_r->bits) || rest.size > 0)
        return false;
    network_r->bits += is_short ? 96 : 0;
    return true;
}

bool network_has(const struct network *network, const struct address *address)
{
    int whole = network->bits / 8;
    int left = network->bits % 8;
    if (memcmp(network->address.bytes, address->bytes, (size_t)whole) != 0)
        return false;
    return left == 0 || (network->address.bytes[whole] ^ address->bytes[whole]) >> (8 - left) == 0;
}
