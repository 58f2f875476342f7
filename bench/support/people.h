#ifndef RELEVO_BENCH_PEOPLE_H
#define RELEVO_BENCH_PEOPLE_H

/* Tokens for many dashboards: no more with one than one person may have connections. */
struct people {
    char **tokens;
    int count;
};

void people_make(struct people *people, const char *workspace, int dashboards);
void people_free(struct people *people);

/* For the dashboard of this number, from 0. */
const char *people_token(const struct people *people, int dashboard);

/* Lets each come once and go, so that nobody is news to the others any more. */
void people_introduce(const struct people *people, int port);

#endif
