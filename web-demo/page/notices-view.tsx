import type { Desk } from "./desk";
import { Icon } from "./icons";
import { t } from "./language";
import { announcement, hideNotice, notices } from "./notices";
import { refusalSentence } from "./words";

export function Notices({ desk }: { desk: Desk }) {
  return (
    <>
      <div class="notices" role="status" aria-live="polite">
        {notices.value.map(({ id, refusal, contact }) => (
          <div class="notice" key={id} data-testid="refusal" data-reason={refusal.reason}>
            <div>
              <strong>
                {contact === undefined ? t("refused.title") : t("refused.reply", { name: contact })}
              </strong>
              <p>
                {refusalSentence(refusal, {
                  me: desk.me.value,
                  agents: desk.agents.value,
                  now: desk.now.value,
                })}
              </p>
            </div>
            <button type="button" class="icon-button" title={t("toast.close")} onClick={() => hideNotice(id)}>
              <Icon name="close" />
              <span class="sr-only">{t("toast.close")}</span>
            </button>
          </div>
        ))}
      </div>
      <p class="sr-only" aria-live="polite" data-testid="announcement">
        {announcement.value}
      </p>
    </>
  );
}
