#include <criterion/criterion.h>

#include "net/response.h"
#include "support/leak.h"

/* What is answered over HTTP. */

static void assert_begins(int status, const char *line)
{
    struct frame *answer = response_encode_text(status, NULL, "so\n");
    cr_assert(answer->size > strlen(line) && memcmp(answer->payload, line, strlen(line)) == 0, "%.*s",
              (int)answer->size, (const char *)answer->payload);
    cr_assert_eq(answer->size - response_head_size(answer), 3);
    frame_unref(&answer);
}

TestSuite(response, .fini = end_without_leak);

Test(response, begins_with_its_status_and_what_that_is_called)
{
    assert_begins(200, "HTTP/1.1 200 OK\r\n");
    assert_begins(404, "HTTP/1.1 404 Not Found\r\n");
    assert_begins(429, "HTTP/1.1 429 Too Many Requests\r\n");
    assert_begins(503, "HTTP/1.1 503 Service Unavailable\r\n");
}
