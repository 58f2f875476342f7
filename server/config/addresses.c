#include "config/addresses.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool port_is_valid(const char *port)
{
    size_t size = strlen(port);
    return size > 0 && size <= 5 && strspn(port, "0123456789") == size && strtol(port, NULL, 10) <= 65535;
}

/* Splits HOST:PORT, where HOST may be an IPv6 address in brackets. */
static bool endpoint_parse(const char *text, size_t size, char **host, char **port)
{
    char *copy = alloc_string(text, size);
    char *colon = strrchr(copy, ':');
    bool ok = colon != NULL && colon != copy && port_is_valid(colon + 1);
    if (ok) {
        char *begin = copy;
        size_t host_size = (size_t)(colon - copy);
        if (copy[0] == '[' && host_size > 2 && colon[-1] == ']') {
            begin++;
            host_size -= 2;
        } else {
            ok = memchr(copy, ':', host_size) == NULL;
        }
        alloc_replace(host, begin, host_size);
        alloc_replace(port, colon + 1, strlen(colon + 1));
    }
    free(copy);
    return ok;
}

const char *set_listen(struct config *config, const char *value)
{
    return endpoint_parse(value, strlen(value), &config->listen_host, &config->listen_port)
               ? NULL
               : "HOST:PORT is expected, as in 127.0.0.1:7681, [::1]:7681 or *:7681";
}

const char *set_admin_listen(struct config *config, const char *value)
{
    return endpoint_parse(value, strlen(value), &config->admin_host, &config->admin_port)
               ? NULL
               : "HOST:PORT is expected, as in 127.0.0.1:7682, [::1]:7682 or *:7682";
}

/* Whether a browser would write the origin so
 * (https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin). */
static bool origin_is_valid(const char *origin)
{
    const char *host = NULL;
    const char *default_port = NULL;
    if (strncmp(origin, "http://", 7) == 0) {
        host = origin + 7;
        default_port = ":80";
    } else if (strncmp(origin, "https://", 8) == 0) {
        host = origin + 8;
        default_port = ":443";
    } else {
        return false;
    }
    size_t size = strlen(host);
    size_t default_size = strlen(default_port);
    if (size == 0 || strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") != size)
        return false;
    if (size > default_size && strcmp(host + size - default_size, default_port) == 0)
        return false;
    const char *port =
        strchr(host[0] == '[' ? strchr(host, ']') == NULL ? host : strchr(host, ']') : host, ':');
    return port == NULL || (port != host && port_is_valid(port + 1));
}

const char *set_origin(struct config *config, const char *value)
{
    const char *separators = ", ";
    for (const char *rest = value + strspn(value, separators); *rest != '\0';
         rest += strspn(rest, separators)) {
        size_t size = strcspn(rest, separators);
        char *origin = alloc_string(rest, size);
        rest += size;
        if (!origin_is_valid(origin)) {
            free(origin);
            return "scheme://host[:port] is expected as browsers write it: in lower case, without a path and "
                   "without a default port, as in https://desk.example.com";
        }
        if (config->origins_count == LIMIT_ORIGINS) {
            free(origin);
            return "that is more origins than there is room for";
        }
        config->origins[config->origins_count++] = origin;
    }
    return NULL;
}

const char *set_proxy(struct config *config, const char *value)
{
    const char *separators = ", ";
    for (const char *rest = value + strspn(value, separators); *rest != '\0';
         rest += strspn(rest, separators)) {
        struct network network;
        size_t size = strcspn(rest, separators);
        if (!network_parse(bytes_make(rest, size), &network))
            return "ADDRESS or ADDRESS/BITS is expected, as in 192.0.2.7, 10.1.0.0/16 or 2001:db8::/64";
        if (config->proxies_count == LIMIT_PROXIES)
            return "that is more proxies than there is room for";
        config->proxies[config->proxies_count++] = network;
        rest += size;
    }
    return NULL;
}

const char *set_url(struct config *config, const char *value)
{
    const char *expected = "http://HOST:PORT[/PATH] is expected, as in http://127.0.0.1:7681/readyz";
    if (strncmp(value, "http://", 7) != 0)
        return expected;
    const char *host = value + 7;
    size_t host_size = strcspn(host, "/");
    const char *path = host + host_size;
    if (!endpoint_parse(host, host_size, &config->url_host, &config->url_port))
        return expected;
    for (const char *c = path; *c != '\0'; c++)
        if (!isgraph((unsigned char)*c))
            return expected;
    if (*path != '\0')
        alloc_replace(&config->url_path, path, strlen(path));
    return NULL;
}
