#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/log_json.h"
#include "support/leak.h"

static const char *json_of(struct bytes line)
{
    static char json[LOG_JSON_ROOM(8192) + 1];
    cr_assert_leq(line.size, 8192);
    size_t size = log_json_write(line, json);
    cr_assert_leq(size, LOG_JSON_ROOM(line.size));
    json[size] = '\0';
    return json;
}

TestSuite(log_json, .fini = end_without_leak);

Test(log_json, has_the_same_fields)
{
    static const char *const lines[][2] = {
        {"", "{}"},
        {"ts=2026-11-22T20:43:41.214Z level=info event=desk_loaded workspace=\"acme\" seq=5120 open=-1 "
         "part=0.25",
         "{\"ts\":\"2026-11-22T20:43:41.214Z\",\"level\":\"info\",\"event\":\"desk_loaded\",\"workspace\":"
         "\"acme\","
         "\"seq\":5120,\"open\":-1,\"part\":0.25}"},
        {"a=007 b=1.2.3 c=127.0.0.1 d=1e5 e=- f=1. g= h=0 i=77-01 j=+1 k=.5",
         "{\"a\":\"007\",\"b\":\"1.2.3\",\"c\":\"127.0.0.1\",\"d\":\"1e5\",\"e\":\"-\",\"f\":\"1.\",\"g\":"
         "\"\",\"h\":0,"
         "\"i\":\"77-01\",\"j\":\"+1\",\"k\":\".5\"}"},
        {"a=\"1\" b=\"\" c=\"x y=z\"", "{\"a\":\"1\",\"b\":\"\",\"c\":\"x y=z\"}"},
        {"a=\"\\\"b\\\\c\\nd\\x1b[31m\\x7f\"", "{\"a\":\"\\\"b\\\\c\\u000ad\\u001b[31m\\u007f\"}"},
        {"a=\"\\xc2\\x9b \\xff\\xc3\"", "{\"a\":\"\\u009b \xEF\xBF\xBD\xEF\xBF\xBD\"}"},
        {"a=Se\xC3\xB1ora b=\xFF\x01", "{\"a\":\"Se\xC3\xB1ora\",\"b\":\"\xEF\xBF\xBD\\u0001\"}"},
        {"a=123456789012345678 b=1234567890123456789",
         "{\"a\":123456789012345678,\"b\":\"1234567890123456789\"}"},
        {"odd  words a=1", "{\"odd\":true,\"words\":true,\"a\":1}"},
        {"a=\"cut in the \\x", "{\"a\":\"cut in the \\\\x\"}"},
        {"a=\"cut\\", "{\"a\":\"cut\\\\\"}"},
        {"a=\"", "{\"a\":\"\"}"},
        {"a", "{\"a\":true}"},
        {"a=", "{\"a\":\"\"}"},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        cr_expect_str_eq(json_of(bytes_of_string(lines[i][0])), lines[i][1], "%s", lines[i][0]);
}

/* What text is where each byte that is no UTF-8 is replaced. */
static const char *made_valid(const char *text)
{
    static char valid[2048];
    size_t size = 0;
    struct bytes rest = bytes_of_string(text);
    while (rest.size > 0) {
        size_t taken = bytes_character_size(rest);
        memcpy(valid + size, taken == 0 ? (const void *)"\xEF\xBF\xBD" : rest.data, taken == 0 ? 3 : taken);
        size += taken == 0 ? 3 : taken;
        taken = taken == 0 ? 1 : taken;
        rest = bytes_make(rest.data + taken, rest.size - taken);
    }
    valid[size] = '\0';
    return valid;
}

/* A line as calls make them, of random fields: numbers, bare words, and quoted text of any bytes; read by
 * another parser of JSON it has the same fields. */
Test(log_json, any_line_that_a_call_can_make_is_json_with_the_same_fields)
{
    srand(1);
    for (int round = 0; round < 20000; round++) {
        char line[8192] = "";
        char texts[6][64] = {""};
        long long numbers[6];
        int kinds[6];
        size_t size = 0;
        int count = rand() % 7;
        for (int i = 0; i < count; i++) {
            numbers[i] = (long long)(rand() % 100000000) * (rand() % 100000000) * (rand() % 2 == 0 ? 1 : -1);
            kinds[i] = rand() % 3;
            size_t text_size = (size_t)rand() % 60;
            for (size_t at = 0; at < text_size; at++)
                texts[i][at] = (char)(kinds[i] == 1 ? 'a' + rand() % 26 : 1 + rand() % 255);
            const char *blank = i == 0 ? "" : " ";
            if (kinds[i] == 0)
                size +=
                    (size_t)snprintf(line + size, sizeof(line) - size, "%sf%d=%lld", blank, i, numbers[i]);
            else
                size += (size_t)snprintf(line + size, sizeof(line) - size, "%sf%d=%s", blank, i,
                                         kinds[i] == 1 ? texts[i] : log_quote(texts[i]));
        }
        json_t *object = json_loads(json_of(bytes_make(line, size)), JSON_REJECT_DUPLICATES, NULL);
        cr_assert_not_null(object, "%s", line);
        cr_assert_eq(json_object_size(object), (size_t)count);
        for (int i = 0; i < count; i++) {
            char key[8];
            snprintf(key, sizeof(key), "f%d", i);
            const json_t *value = json_object_get(object, key);
            if (kinds[i] == 0)
                cr_assert_eq(json_integer_value(value), numbers[i]);
            else
                cr_assert_str_eq(json_string_value(value), made_valid(texts[i]), "%s", line);
        }
        json_decref(object);
    }
}

Test(log_json, any_bytes_at_all_are_json)
{
    static const char alphabet[] = "ab01=\"\\ nx7f.-\xC3\xA9\xFF\x01";
    char line[64];
    srand(2);
    for (int round = 0; round < 50000; round++) {
        size_t size = (size_t)rand() % sizeof(line);
        for (size_t i = 0; i < size; i++)
            line[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        json_t *object = json_loads(json_of(bytes_make(line, size)), 0, NULL);
        cr_assert_not_null(object, "%.*s", (int)size, line);
        json_decref(object);
    }
}
