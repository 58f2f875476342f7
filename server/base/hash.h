#ifndef RELEVO_BASE_HASH_H
#define RELEVO_BASE_HASH_H

#include <stdint.h>

#include "base/bytes.h"

/* SipHash-2-4 under a key: for tables whose keys a client chooses
 * (https://www.aumasson.jp/siphash/siphash.pdf). */
struct hash_key {
    uint64_t words[2];
};
uint64_t hash_sip(struct hash_key key, struct bytes bytes);

/* FNV-1a, 32 and 64 bits; `hash` is HASH_FNV32_START / HASH_FNV64_START or what came before, so runs can be
 * chained. For the digest of the Open list (PROTOCOL.md) and a command's fingerprint: neither has to resist
 * an attacker. */
#define HASH_FNV32_START UINT32_C(2166136261)
#define HASH_FNV64_START UINT64_C(14695981039346656037)
uint32_t hash_fnv32(uint32_t hash, struct bytes bytes);
uint64_t hash_fnv64(uint64_t hash, struct bytes bytes);

#endif
