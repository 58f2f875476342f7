#include "app/ports/credential.h"

void identity_finish(struct identity *identity)
{
    text_unref(&identity->workspace);
    text_unref(&identity->id);
    text_unref(&identity->name);
}
