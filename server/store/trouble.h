#ifndef RELEVO_STORE_TROUBLE_H
#define RELEVO_STORE_TROUBLE_H

/* What an error that a pipeline ended with means for what was asked. In each case nothing was done. */
enum trouble {
    TROUBLE_PASSING,   /* others were in the way: the same again */
    TROUBLE_SESSION,   /* this session, or this server, will not do it: a new connection */
    TROUBLE_READ_ONLY, /* this session writes nothing now: others may, and it may again */
    TROUBLE_FULL,      /* it cannot be done now: disk, memory or time is short */
    TROUBLE_UNKNOWN,   /* nobody has foreseen it */
};
enum trouble trouble_of(const char *sqlstate);

#endif
