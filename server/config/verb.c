#include "config/verb.h"

const char *verb_name(enum verb verb)
{
    switch (verb) {
#define X(NAME, name, purpose)                                                                               \
    case VERB_##NAME: return #name;
        VERB_LIST(X)
#undef X
    }
    return "";
}

const char *verb_purpose(enum verb verb)
{
    switch (verb) {
#define X(NAME, name, purpose)                                                                               \
    case VERB_##NAME: return purpose;
        VERB_LIST(X)
#undef X
    }
    return "";
}
