#include "core/command.h"

#include "base/hash.h"

static uint64_t mix_number(uint64_t hash, int64_t number)
{
    uint8_t place[8];
    store_be64(place, (uint64_t)number);
    return hash_fnv64(hash, bytes_make(place, sizeof(place)));
}

/* The size goes first, so that bytes cannot move from one field to the next unseen. */
static uint64_t mix_bytes(uint64_t hash, struct bytes bytes)
{
    return hash_fnv64(mix_number(hash, (int64_t)bytes.size), bytes);
}

uint64_t command_fingerprint(const struct command *command, const struct actor *actor)
{
    uint64_t hash = HASH_FNV64_START;
    hash = mix_number(hash, (int64_t)actor->role);
    hash = mix_bytes(hash, text_bytes(actor->id));
    hash = mix_number(hash, (int64_t)command->action);
    hash = mix_number(hash, command->has_version);
    hash = mix_number(hash, command->version);
    hash = mix_bytes(hash, command->conversation);
    hash = mix_bytes(hash, command->channel);
    hash = mix_bytes(hash, command->name);
    hash = mix_bytes(hash, command->body);
    hash = mix_bytes(hash, command->assignee);
    hash = mix_number(hash, (int64_t)command->pause.kind);
    hash = mix_number(hash, command->pause.duration_ms);
    hash = mix_number(hash, command->enabled);
    hash = mix_number(hash, (int64_t)command->seen.kind);
    hash = mix_number(hash, command->seen.seq);
    hash = mix_number(hash, command->take);
    hash = mix_number(hash, command->received);
    hash = mix_number(hash, command->message);
    hash = mix_number(hash, (int64_t)command->delivery);
    hash = mix_number(hash, command->due_seq);
    return hash;
}
