#include "protocol/close.h"

const char *close_code_sentence(enum close_code code)
{
    switch (code) {
    case CLOSE_NONE: return "";
#define X(number, NAME, sentence)                                                                            \
    case CLOSE_##NAME: return sentence;
        CLOSE_LIST(X)
#undef X
    }
    return "";
}
