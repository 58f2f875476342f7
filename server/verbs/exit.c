#include "verbs/exit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum {
    SENTENCE_SIZE = 4096,
};

int exit_saying(int code, const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    log_say(LOG_ERROR, sentence);
    return code;
}

int exit_after(enum job_result result, char **sentence)
{
    static const int codes[] = {
        [JOB_DONE] = EXIT_DONE, [JOB_REFUSED] = EXIT_CONFIG, [JOB_FAILED] = EXIT_FAILED};
    if (*sentence != NULL)
        exit_saying(codes[result], "%s", *sentence);
    free(*sentence);
    *sentence = NULL;
    return codes[result];
}
