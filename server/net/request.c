#include "net/request.h"

#include <assert.h>
#include <strings.h>

/* From bytes to a request. The head is looked at as it comes, each byte once (head_look), and parsed when it
 * is whole (request_parse). What may fail is one list, REQUEST_FAULT_LIST. */

int request_fault_status(enum request_fault fault)
{
    switch (fault) {
    case REQUEST_OK: return 0;
#define X(NAME, status, sentence)                                                                            \
    case REQUEST_##NAME: return status;
        REQUEST_FAULT_LIST(X)
#undef X
    }
    return 0;
}

const char *request_fault_sentence(enum request_fault fault)
{
    switch (fault) {
    case REQUEST_OK: return "";
#define X(NAME, status, sentence)                                                                            \
    case REQUEST_##NAME: return sentence;
        REQUEST_FAULT_LIST(X)
#undef X
    }
    return "";
}

enum head_state head_look(struct bytes so_far, size_t *looked, size_t *size_r)
{
    static const uint8_t end[] = {'\r', '\n', '\r', '\n'};
    for (size_t i = *looked; i < so_far.size; i++) {
        uint8_t c = so_far.data[i];
        bool is_after_cr = i > 0 && so_far.data[i - 1] == '\r';
        *looked = i + 1;
        if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f || is_after_cr != (c == '\n'))
            return HEAD_GARBLED;
        if (i + 1 >= sizeof(end) && memcmp(so_far.data + i + 1 - sizeof(end), end, sizeof(end)) == 0) {
            *size_r = i + 1;
            return HEAD_COMPLETE;
        }
    }
    return HEAD_GOES_ON;
}

/* Takes a line off the bytes, which end with one. */
static struct bytes take_line(struct bytes *bytes)
{
    const uint8_t *end = memchr(bytes->data, '\r', bytes->size);
    assert(end != NULL);
    struct bytes line = bytes_make(bytes->data, (size_t)(end - bytes->data));
    *bytes = bytes_make(end + 2, bytes->size - line.size - 2);
    return line;
}

/* Takes off what comes before the first `separator`, and that; everything where there is none. */
static struct bytes take_until(struct bytes *bytes, uint8_t separator)
{
    const uint8_t *end = bytes->size == 0 ? NULL : memchr(bytes->data, separator, bytes->size);
    size_t size = end == NULL ? bytes->size : (size_t)(end - bytes->data);
    struct bytes taken = bytes_make(bytes->data, size);
    *bytes = bytes_make(bytes->data + size + (end != NULL), bytes->size - size - (end != NULL));
    return taken;
}

static struct bytes without_blanks(struct bytes bytes)
{
    while (bytes.size > 0 && (bytes.data[0] == ' ' || bytes.data[0] == '\t'))
        bytes = bytes_make(bytes.data + 1, bytes.size - 1);
    while (bytes.size > 0 && (bytes.data[bytes.size - 1] == ' ' || bytes.data[bytes.size - 1] == '\t'))
        bytes.size--;
    return bytes;
}

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Whether all bytes are letters, digits or among `others`, and there is one. */
static bool bytes_are_of(struct bytes bytes, const char *others)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (!is_letter_or_digit(bytes.data[i]) &&
            (bytes.data[i] == '\0' || strchr(others, bytes.data[i]) == NULL))
            return false;
    return bytes.size > 0;
}

static bool is_token(struct bytes bytes)
{
    return bytes_are_of(bytes, "!#$%&'*+-.^_`|~");
}

static bool equals_string(struct bytes bytes, const char *string, bool any_case)
{
    return bytes.size == strlen(string) &&
           (any_case ? strncasecmp((const char *)bytes.data, string, bytes.size)
                     : strncmp((const char *)bytes.data, string, bytes.size)) == 0;
}

static enum request_fault parse_method(struct bytes method, struct request *request)
{
    static const char *const others[] = {"POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    if (!is_token(method))
        return REQUEST_GARBLED;
    request->method = equals_string(method, "HEAD", false) ? METHOD_HEAD : METHOD_GET;
    if (request->method == METHOD_HEAD || equals_string(method, "GET", false))
        return REQUEST_OK;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (equals_string(method, others[i], false))
            return REQUEST_METHOD;
    return REQUEST_UNKNOWN_METHOD;
}

static int hex_value(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Takes one byte of a URI off, its escape resolved; -1: it is none that may stand there. */
static int take_uri_byte(struct bytes *uri)
{
    int byte = uri->data[0];
    size_t size = 1;
    if (byte == '%') {
        int high = uri->size < 3 ? -1 : hex_value(uri->data[1]);
        int low = uri->size < 3 ? -1 : hex_value(uri->data[2]);
        if (high < 0 || low < 0)
            return -1;
        byte = high * 16 + low;
        size = 3;
    } else if (byte <= ' ' || byte >= 0x7f || byte == '#') {
        return -1;
    }
    *uri = bytes_make(uri->data + size, uri->size - size);
    return byte < ' ' || byte == 0x7f ? -1 : byte;
}

static enum request_fault parse_target(struct bytes target, struct request *request)
{
    struct bytes path = take_until(&target, '?');
    request->query = target;
    if (path.size == 0 || path.data[0] != '/')
        return REQUEST_BAD_TARGET;
    while (path.size > 0) {
        int byte = take_uri_byte(&path);
        if (byte < 0)
            return REQUEST_BAD_TARGET;
        if (request->path_size == sizeof(request->path_place))
            return REQUEST_TARGET_TOO_LONG;
        request->path_place[request->path_size++] = (uint8_t)byte;
    }
    while (target.size > 0)
        if (take_uri_byte(&target) < 0)
            return REQUEST_BAD_TARGET;
    return REQUEST_OK;
}

/* "HTTP/1.1"; of a later minor version as much as of this one is understood. */
static enum request_fault parse_version(struct bytes version, struct request *request)
{
    static const char http[] = "HTTP/";
    const size_t size = sizeof(http) - 1;
    const uint8_t *digits = version.data + size;
    if (version.size != size + 3 || memcmp(version.data, http, size) != 0 || digits[0] < '0' ||
        digits[0] > '9' || digits[1] != '.' || digits[2] < '0' || digits[2] > '9')
        return REQUEST_GARBLED;
    request->is_http_1_0 = digits[2] == '0';
    return digits[0] == '1' ? REQUEST_OK : REQUEST_VERSION;
}

static enum request_fault parse_first_line(struct bytes line, struct request *request)
{
    struct bytes method = take_until(&line, ' ');
    struct bytes target = take_until(&line, ' ');
    enum request_fault of_version = line.size == 0 ? REQUEST_GARBLED : parse_version(line, request);
    enum request_fault of_method = parse_method(method, request);
    enum request_fault of_target = parse_target(target, request);
    if (of_version != REQUEST_OK)
        return of_version;
    return of_method != REQUEST_OK ? of_method : of_target;
}

/* "Name: value". One that begins with a blank would be the rest of the one before (RFC 9112, section 5.2). */
static enum request_fault parse_header(struct bytes line, struct request *request)
{
    const uint8_t *colon = memchr(line.data, ':', line.size);
    struct request_header header = {.name = take_until(&line, ':')};
    header.value = without_blanks(line);
    if (colon == NULL || !is_token(header.name))
        return REQUEST_GARBLED;
    if (request->headers_count == LIMIT_HTTP_HEADERS)
        return REQUEST_TOO_LARGE;
    request->headers[request->headers_count++] = header;
    return REQUEST_OK;
}

/* Of what it says about its body, nothing may be understood otherwise by a proxy before us. */
static enum request_fault judge_body(const struct request *request)
{
    const struct bytes *length = request_header(request, "content-length", 0);
    if (length != NULL && request_header(request, "transfer-encoding", 0) != NULL)
        return REQUEST_BAD_LENGTH;
    if (request_header(request, "transfer-encoding", 0) != NULL)
        return REQUEST_CODING;
    if (length == NULL)
        return REQUEST_OK;
    bool has_body = false;
    for (size_t i = 0; i < length->size; i++) {
        if (length->data[i] < '0' || length->data[i] > '9')
            return REQUEST_BAD_LENGTH;
        has_body |= length->data[i] != '0';
    }
    if (length->size == 0 || request_header(request, "content-length", 1) != NULL)
        return REQUEST_BAD_LENGTH;
    return has_body ? REQUEST_HAS_BODY : REQUEST_OK;
}

static enum request_fault judge_host(const struct request *request)
{
    const struct bytes *host = request_header(request, "host", 0);
    if (host == NULL)
        return request->is_http_1_0 ? REQUEST_OK : REQUEST_BAD_HOST;
    bool is_one = request_header(request, "host", 1) == NULL;
    return is_one && bytes_are_of(*host, "-._~:[]%!$&'()*+,;=") ? REQUEST_OK : REQUEST_BAD_HOST;
}

enum request_fault request_parse(struct bytes head, struct request *request_r)
{
    request_r->path_size = 0;
    request_r->headers_count = 0;
    enum request_fault of_line = parse_first_line(take_line(&head), request_r);
    if (of_line == REQUEST_GARBLED)
        return of_line;
    for (struct bytes line; (line = take_line(&head)).size > 0;) {
        enum request_fault of_header = parse_header(line, request_r);
        if (of_header != REQUEST_OK)
            return of_header;
    }
    /* A body of unclear length is the graver fault, but a method that is not understood may have one. */
    enum request_fault of_body = judge_body(request_r);
    if (of_body != REQUEST_OK && !(of_body == REQUEST_HAS_BODY && of_line != REQUEST_OK))
        return of_body;
    return of_line != REQUEST_OK ? of_line : judge_host(request_r);
}

struct bytes request_path(const struct request *request)
{
    return bytes_make(request->path_place, request->path_size);
}

const struct bytes *request_header(const struct request *request, const char *name, size_t nth)
{
    for (size_t i = 0; i < request->headers_count; i++)
        if (equals_string(request->headers[i].name, name, true) && nth-- == 0)
            return &request->headers[i].value;
    return NULL;
}

bool request_lists(const struct request *request, const char *name, const char *token, bool any_case)
{
    const struct bytes *value;
    for (size_t i = 0; (value = request_header(request, name, i)) != NULL; i++) {
        struct bytes rest = *value;
        while (rest.size > 0)
            if (equals_string(without_blanks(take_until(&rest, ',')), token, any_case))
                return true;
    }
    return false;
}
