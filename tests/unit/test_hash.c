#include <criterion/criterion.h>

#include "base/alloc.h"
#include "base/hash.h"

/* The reference implementation's vectors (https://github.com/veorq/SipHash, vectors.h): the key is 00 01 …
 * 0f, and the message of vector n is the n bytes 00 01 …; here as numbers. */
static const uint64_t sip_vectors[] = {
    UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a),
    UINT64_C(0x85676696d7fb7e2d), UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
    UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137), UINT64_C(0x93f5f5799a932462),
    UINT64_C(0x9e0082df0ba9e4b0), UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
    UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90), UINT64_C(0xf723ca908e7af2ee),
    UINT64_C(0xa129ca6149be45e5),
};

Test(hash, sip_agrees_with_the_reference_vectors)
{
    const struct hash_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
    uint8_t message[64];
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)i;
    for (size_t size = 0; size < ARRAY_COUNT(sip_vectors); size++)
        cr_assert_eq(hash_sip(key, bytes_make(message, size)), sip_vectors[size], "%zu bytes", size);
}

Test(hash, sip_depends_on_the_key)
{
    struct bytes bytes = bytes_of_string("conversation");
    uint64_t hash = hash_sip((struct hash_key){{1, 2}}, bytes);
    cr_assert_neq(hash, hash_sip((struct hash_key){{1, 3}}, bytes));
    cr_assert_neq(hash, hash_sip((struct hash_key){{2, 2}}, bytes));
}

/* http://www.isthe.com/chongo/tech/comp/fnv/, its test vectors. */
Test(hash, fnv_agrees_with_the_published_vectors)
{
    cr_assert_eq(hash_fnv32(HASH_FNV32_START, bytes_of_string("")), UINT32_C(0x811c9dc5));
    cr_assert_eq(hash_fnv32(HASH_FNV32_START, bytes_of_string("a")), UINT32_C(0xe40c292c));
    cr_assert_eq(hash_fnv32(HASH_FNV32_START, bytes_of_string("foobar")), UINT32_C(0xbf9cf968));
    cr_assert_eq(hash_fnv64(HASH_FNV64_START, bytes_of_string("")), UINT64_C(0xcbf29ce484222325));
    cr_assert_eq(hash_fnv64(HASH_FNV64_START, bytes_of_string("a")), UINT64_C(0xaf63dc4c8601ec8c));
    cr_assert_eq(hash_fnv64(HASH_FNV64_START, bytes_of_string("foobar")), UINT64_C(0x85944171f73967e8));
}

Test(hash, fnv_can_be_chained)
{
    uint32_t chained =
        hash_fnv32(hash_fnv32(HASH_FNV32_START, bytes_of_string("foo")), bytes_of_string("bar"));
    cr_assert_eq(chained, hash_fnv32(HASH_FNV32_START, bytes_of_string("foobar")));
}
