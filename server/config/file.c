#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 5000,
};

static bool file_is_exposed(const char *path, mode_t mode)
{
    static const char *const of_containers[] = {"/run/secrets/", "/var/run/secrets/"};
    for (size_t i = 0; i < sizeof(of_containers) / sizeof(of_containers[0]); i++)
        if (strncmp(path, of_containers[i], strlen(of_containers[i])) == 0)
            return false;
    return S_ISREG(mode) && (mode & S_IROTH) != 0;
}

/* As read(2); of a pipe that nobody writes to it fails after a while: a server that reads its settings again
 * must not stand still. */
static ssize_t read_some(int descriptor, char *place, size_t room)
{
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    return poll(&wait, 1, PATIENCE_MS) > 0 ? read(descriptor, place, room) : -1;
}

const char *file_read(const char *path, char *text_r, size_t room, size_t *size_r, bool *is_exposed_r)
{
    struct stat stat;
    ssize_t more = 1;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *size_r = 0;
    if (descriptor < 0)
        return errno == ENOENT ? "there is no such file" : "the file cannot be opened";
    if (fstat(descriptor, &stat) != 0)
        stat.st_mode = 0;
    while (*size_r < room && (more = read_some(descriptor, text_r + *size_r, room - *size_r)) > 0)
        *size_r += (size_t)more;
    close(descriptor);
    if (more < 0)
        return "the file cannot be read";
    if (*size_r == room)
        return "the file is too large to hold what is looked for";
    *is_exposed_r = file_is_exposed(path, stat.st_mode);
    return NULL;
}

const char *file_read_text(const char *path, char text_r[FILE_TEXT_BYTES], bool *is_exposed_r)
{
    size_t size;
    const char *problem = file_read(path, text_r, FILE_TEXT_BYTES, &size, is_exposed_r);
    if (problem != NULL)
        return problem;
    while (size > 0 && (text_r[size - 1] == '\n' || text_r[size - 1] == '\r'))
        size--;
    if (size == 0)
        return "the file is empty";
    if (memchr(text_r, '\0', size) != NULL)
        return "the file must hold text; this has a NUL in it";
    text_r[size] = '\0';
    return NULL;
}
