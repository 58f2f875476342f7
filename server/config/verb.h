#ifndef RELEVO_CONFIG_VERB_H
#define RELEVO_CONFIG_VERB_H

/* The subcommands: name, function (server/verbs/verbs.h) and purpose, in the order in which --help lists
 * them. */
#define VERB_LIST(X)                                                                                         \
    X(SERVE, serve, "Serves clients until SIGTERM, which drains; a second one stops at once.")               \
    X(MIGRATE, migrate, "Brings the database's schema up to what this version needs.")                       \
    X(TOKEN, token, "Prints a token to connect with.")                                                       \
    X(REVOKE, revoke, "Makes void every token that somebody has been issued up to now.")                     \
    X(TAIL, tail, "Shows the log of a workspace as it comes, from the database, for a person to read.")      \
    X(HEALTH, health, "Asks a server whether it is ready to take clients; exits 0 if it is, else 1.")        \
    X(CONFIG, config, "Prints what serve would be told by the same options, and by whom; no secrets.")       \
    X(CHECK, check, "Goes through what serve would need with the same options, without serving.")            \
    X(TOP, top, "Shows who is slow and who is busy at a server, again and again; asks its admin port.")      \
    X(SECRET, secret, "Prints a fresh secret for tokens to be signed with: 64 characters.")

enum verb_index {
#define X(NAME, name, purpose) VERB_INDEX_##NAME,
    VERB_LIST(X)
#undef X
};

/* As a set. */
enum verb {
#define X(NAME, name, purpose) VERB_##NAME = 1 << VERB_INDEX_##NAME,
    VERB_LIST(X)
#undef X
};

#define X(NAME, name, purpose) | VERB_##NAME
enum { VERBS_ALL = 0 VERB_LIST(X) };
#undef X

/* Those that read what serve reads, and refuse what serve refuses. */
#define VERBS_LIKE_SERVE (VERB_SERVE | VERB_CONFIG | VERB_CHECK)

/* "serve" …, and what it is for. */
const char *verb_name(enum verb verb);
const char *verb_purpose(enum verb verb);

#endif
