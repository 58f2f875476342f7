#ifndef RELEVO_PROTOCOL_CLOSE_H
#define RELEVO_PROTOCOL_CLOSE_H

/* WebSocket close codes (RFC 6455 section 7.4 and PROTOCOL.md, "Close codes"). The range says what to do:
 * 1012 and 1013 come back, 4000-4099 do not come back, 4100-4199 come back after doing what the code says. */
#define CLOSE_LIST(X)                                                                                        \
    X(1002, PROTOCOL, "the frames are not as RFC 6455 has them")                                             \
    X(1003, UNSUPPORTED, "text frames are not understood, send binary")                                      \
    X(1009, TOO_BIG, "the message is larger than the limit")                                                 \
    X(1011, INTERNAL, "the server failed")                                                                   \
    X(1012, RESTART, "the server restarts, come back")                                                       \
    X(1013, TRY_LATER, "the server cannot take you now, come back later")                                    \
    X(4001, BAD_TOKEN, "the token is not valid")                                                             \
    X(4002, BAD_FRAME, "the frame is not a message of this protocol")                                        \
    X(4003, NO_HELLO, "no valid hello within the time allowed")                                              \
    X(4004, OUT_OF_ORDER, "the first message must be hello")                                                 \
    X(4005, REPLACED, "another connection follows the log under this name now")                              \
    X(4100, TOKEN_EXPIRED, "the token has expired, come back with a new one")                                \
    X(4101, TOO_FAST, "too many frames, come back slower")                                                   \
    X(4102, TOO_MANY_CONNECTIONS, "too many connections of the same person, close one first")

enum close_code {
    CLOSE_NONE = 0,
#define X(number, NAME, sentence) CLOSE_##NAME = number,
    CLOSE_LIST(X)
#undef X
};

/* "the token is not valid" … */
const char *close_code_sentence(enum close_code code);

#endif
