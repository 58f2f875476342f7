#ifndef RELEVO_BASE_IDS_H
#define RELEVO_BASE_IDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Made by the client, unique within its workspace; it makes a resend harmless (PROTOCOL.md, "Once"). */
struct command_id {
    uint8_t bytes[16];
};

/* Ids whose first eight bytes are zero are the server's own (the end of a pause, for one); a client may not
 * use them. */
static inline bool command_id_is_reserved(struct command_id id)
{
    static const uint8_t zeros[8];
    return memcmp(id.bytes, zeros, sizeof(zeros)) == 0;
}

static inline bool command_id_equal(struct command_id a, struct command_id b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

/* Writes a number with the most significant byte first. */
static inline void store_be64(uint8_t *place, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        place[i] = (uint8_t)value;
}

#endif
