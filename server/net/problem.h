#ifndef RELEVO_NET_PROBLEM_H
#define RELEVO_NET_PROBLEM_H

/* What went wrong, for whoever started the server, on the heap. */
char *problem_make(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
