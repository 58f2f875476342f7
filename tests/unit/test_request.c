#include <criterion/criterion.h>

#include "base/alloc.h"
#include "net/request.h"

/* Requests as they come, and what is understood of them. */

static enum request_fault parse(const char *head, struct request *request_r)
{
    size_t looked = 0;
    size_t size = 0;
    struct bytes bytes = bytes_of_string(head);
    cr_assert_eq(head_look(bytes, &looked, &size), HEAD_COMPLETE, "%s", head);
    cr_assert_eq(size, bytes.size, "%s", head);
    return request_parse(bytes, request_r);
}

static void assert_value(const struct request *request, const char *name, size_t nth, const char *value)
{
    const struct bytes *found = request_header(request, name, nth);
    cr_assert_not_null(found, "%s", name);
    cr_assert(bytes_equal(*found, bytes_of_string(value)), "%s: %.*s", name, (int)found->size,
              (const char *)found->data);
}

Test(request, is_read_into_its_parts)
{
    struct request request;
    cr_assert_eq(parse("GET /a%20b/c?d=%41&e HTTP/1.1\r\nHost: x:1\r\nX-Y:\t z, \xc3\xa9 \t\r\nx-y:\r\n\r\n",
                       &request),
                 REQUEST_OK);
    cr_assert_eq(request.method, METHOD_GET);
    cr_assert_not(request.is_http_1_0);
    cr_assert(bytes_equal(request_path(&request), bytes_of_string("/a b/c")));
    cr_assert(bytes_equal(request.query, bytes_of_string("d=%41&e")));
    assert_value(&request, "host", 0, "x:1");
    assert_value(&request, "x-y", 0, "z, \xc3\xa9");
    assert_value(&request, "x-y", 1, "");
    cr_assert_null(request_header(&request, "x-y", 2));
    cr_assert_null(request_header(&request, "x", 0));
}

Test(request, lists_over_all_headers_of_a_name)
{
    struct request request;
    cr_assert_eq(parse("HEAD / HTTP/1.0\r\nA: b, C\t,,d\r\na: e f\r\n\r\n", &request), REQUEST_OK);
    cr_assert_eq(request.method, METHOD_HEAD);
    cr_assert(request.is_http_1_0);
    cr_assert(request_lists(&request, "a", "b", false));
    cr_assert(request_lists(&request, "a", "c", true));
    cr_assert_not(request_lists(&request, "a", "c", false));
    cr_assert(request_lists(&request, "a", "d", false));
    cr_assert(request_lists(&request, "a", "e f", false));
    cr_assert_not(request_lists(&request, "a", "e", false));
    cr_assert_not(request_lists(&request, "b", "b", false));
}

Test(request, that_could_be_understood_in_two_ways_is_not_understood)
{
    static const struct {
        const char *head;
        enum request_fault fault;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", REQUEST_BAD_HOST},
        {"GET / HTTP/1.1\r\n\r\n", REQUEST_BAD_HOST},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", REQUEST_BAD_HOST},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n", REQUEST_BAD_LENGTH},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", REQUEST_BAD_LENGTH},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", REQUEST_BAD_LENGTH},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding: x\r\n\r\n",
         REQUEST_BAD_LENGTH},
        {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", REQUEST_CODING},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", REQUEST_CODING},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n", REQUEST_METHOD},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 00003\r\n\r\n", REQUEST_HAS_BODY},
        {"GET / HTTP/1.1\r\nHost: x\r\n y: z\r\n\r\n", REQUEST_GARBLED},
        {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", REQUEST_GARBLED},
        {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", REQUEST_GARBLED},
        {"GET /  HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_GARBLED},
        {" GET / HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_GARBLED},
        {"GET /\r\n\r\n", REQUEST_GARBLED},
        {"\r\n\r\n", REQUEST_GARBLED},
        {"GET /%0a HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD_TARGET},
        {"GET /?%7f HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD_TARGET},
        {"GET /%4 HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD_TARGET},
        {"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD_TARGET},
        {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD_TARGET},
        {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_METHOD},
        {"GET ? HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_BAD_TARGET},
        {"Get / HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_UNKNOWN_METHOD},
        {"GET / HTTP/0.9\r\nHost: x\r\n\r\n", REQUEST_VERSION},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", REQUEST_VERSION},
        {"GET / HTTP/11\r\nHost: x\r\n\r\n", REQUEST_GARBLED},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct request request;
        cr_assert_eq(parse(cases[i].head, &request), cases[i].fault, "%s", cases[i].head);
    }
}

Test(request, that_is_refused_is_answered_with_a_sentence)
{
    for (enum request_fault fault = REQUEST_GARBLED; fault <= REQUEST_VERSION; fault++) {
        cr_assert_geq(request_fault_status(fault), 400);
        cr_assert_gt(strlen(request_fault_sentence(fault)), 20);
    }
}

Test(request, has_at_most_so_many_headers)
{
    static char head[LIMIT_HTTP_HEADERS * 8 + 64] = "GET / HTTP/1.1\r\nHost: x\r\n";
    struct request request;
    size_t size = strlen(head);
    for (int i = 1; i < LIMIT_HTTP_HEADERS; i++, size += 5)
        memcpy(head + size, "a: \r\n", 6);
    memcpy(head + size, "\r\n", 3);
    cr_assert_eq(parse(head, &request), REQUEST_OK);
    memcpy(head + size, "a:\r\n\r\n", 7);
    cr_assert_eq(parse(head, &request), REQUEST_TOO_LARGE);
}

Test(request, ends_with_an_empty_line_however_it_comes)
{
    const struct bytes all = bytes_of_string("GET / HTTP/1.1\r\nHost: x\r\n\r\nwhat follows");
    const size_t head_size = all.size - strlen("what follows");
    size_t looked = 0;
    size_t size = 0;
    for (size_t come = 0; come < head_size; come++)
        cr_assert_eq(head_look(bytes_make(all.data, come), &looked, &size), HEAD_GOES_ON);
    cr_assert_eq(head_look(all, &looked, &size), HEAD_COMPLETE);
    cr_assert_eq(size, head_size);
}

Test(request, with_a_byte_that_none_has_is_given_up_at_once)
{
    static const char *const cases[] = {"G\x01", "GET / HTTP/1.1\n", "GET / HTTP/1.1\rH", "\n", "a\x7f",
                                        "\r\r"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        size_t looked = 0;
        size_t size = 0;
        cr_assert_eq(head_look(bytes_of_string(cases[i]), &looked, &size), HEAD_GARBLED, "%zu", i);
    }
    size_t looked = 0;
    size_t size = 0;
    cr_assert_eq(head_look(bytes_make("a\0", 2), &looked, &size), HEAD_GARBLED);
}
