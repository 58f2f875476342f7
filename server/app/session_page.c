/* Older rows of the Completed list: asked of the store, and asked again where it was away. */
#include <assert.h>
#include <stdlib.h>

#include "app/session_private.h"
#include "base/alloc.h"
#include "protocol/close.h"

enum { PAGE_TRIES_MAX = 3 };

static void page_destroy(struct session_page *page)
{
    list_remove(&page->link);
    store_page_finish(&page->request);
    free(page);
}

static void page_done(struct store_page *request);

static void page_ask(struct session_page *page)
{
    struct hub *hub = page->session->hub;
    struct store *store = hub->options.store;
    int64_t before_list_seq = page->request.before_list_seq;
    int64_t limit = page->request.limit;
    page->request = (struct store_page){
        .workspace_id = page->session->desk->workspace_id,
        .before_list_seq = before_list_seq,
        .limit = limit,
        .done = page_done,
    };
    list_append(&hub->pages_asked, &page->asked_link);
    store->ops->page(store, &page->request);
}

/* The database was away, or is another one by now: asked again when it is there. Where it claims to be there,
 * not for ever. */
static void page_wait(struct session_page *page)
{
    struct session *session = page->session;
    store_page_finish(&page->request);
    if (session->hub->store_is_up && ++page->tries == PAGE_TRIES_MAX)
        session_close(session, CLOSE_TRY_LATER, NULL, 1000);
    else
        session_ask_pages(session);
}

static void page_answer(struct session_page *page)
{
    struct session *session = page->session;
    list_remove(&page->link);
    struct reply *reply = session_add_reply(session, REPLY_PAGE, 0);
    reply->ref = page->ref;
    reply->page = &page->request;
}

static void page_done(struct store_page *request)
{
    struct session_page *page = CONTAINER_OF(request, struct session_page, request);
    list_remove(&page->asked_link);
    if (page->session == NULL || page->session->state != SESSION_LIVE)
        page_destroy(page);
    else if (request->outcome == STORE_FAILED)
        session_close(page->session, CLOSE_INTERNAL, NULL, 0);
    else if (request->outcome != STORE_OK || !desk_is_ready(page->session->desk))
        page_wait(page);
    else
        page_answer(page);
}

void session_ask_pages(struct session *session)
{
    const struct hub *hub = session->hub;
    if (session->state != SESSION_LIVE || !desk_is_ready(session->desk) || !hub->store_is_up ||
        hub->is_draining)
        return;
    LIST_FOR_EACH (link, &session->pages) {
        struct session_page *page = CONTAINER_OF(link, struct session_page, link);
        if (!list_is_linked(&page->asked_link))
            page_ask(page);
    }
}

void session_receive_page(struct session *session, const struct message_page *message)
{
    struct session_page *page = alloc_zeroed(sizeof(*page));
    page->session = session;
    page->ref = message->ref;
    list_init(&page->asked_link);
    page->request.before_list_seq = message->before_list_seq;
    page->request.limit = message->limit;
    list_append(&session->pages, &page->link);
    session_ask_pages(session);
}

void session_ask_page_again(struct session *session, struct reply *reply)
{
    struct session_page *page = CONTAINER_OF(reply->page, struct session_page, request);
    reply->page = NULL;
    reply_destroy(reply);
    store_page_finish(&page->request);
    list_append(&session->pages, &page->link);
}

void session_forget_pages(struct session *session)
{
    LIST_FOR_EACH (link, &session->pages) {
        struct session_page *page = CONTAINER_OF(link, struct session_page, link);
        page->session = NULL;
        list_remove(link);
        if (!list_is_linked(&page->asked_link))
            page_destroy(page);
    }
}
