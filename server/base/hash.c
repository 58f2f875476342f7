#include "base/hash.h"

static uint64_t rotate_left(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[3];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

/* Up to eight bytes, the least significant first. */
static uint64_t sip_load(const uint8_t *data, size_t size)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)data[i] << (8 * i);
    return word;
}

static void sip_absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

uint64_t hash_sip(struct hash_key key, struct bytes bytes)
{
    uint64_t v[4] = {
        key.words[0] ^ UINT64_C(0x736f6d6570736575),
        key.words[1] ^ UINT64_C(0x646f72616e646f6d),
        key.words[0] ^ UINT64_C(0x6c7967656e657261),
        key.words[1] ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = bytes.size - bytes.size % 8;
    for (size_t at = 0; at < whole; at += 8)
        sip_absorb(v, sip_load(bytes.data + at, 8));
    uint64_t rest = whole == bytes.size ? 0 : sip_load(bytes.data + whole, bytes.size - whole);
    sip_absorb(v, rest | (uint64_t)bytes.size << 56);

    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint32_t hash_fnv32(uint32_t hash, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * UINT32_C(16777619);
    return hash;
}

uint64_t hash_fnv64(uint64_t hash, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(1099511628211);
    return hash;
}
