// Wiping a contact's name and all that was written, for good. Only supervisors may, and nobody by accident.

import { useRef } from "preact/hooks";
import type { Row } from "../client";
import { ACTIONS } from "./actions";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { t } from "./language";

export function Erase({ row, desk }: { row: Row; desk: Desk }) {
  const dialog = useRef<HTMLDialogElement>(null);
  if (desk.me.value.role !== "supervisor") return null;

  function erase(): void {
    dialog.current?.close();
    void desk.act({ do: "erase", conversation: row.id });
  }

  return (
    <>
      <button
        type="button"
        class="button button-quiet button-danger"
        data-action="erase"
        title={t("effect.erase")}
        onClick={() => dialog.current?.showModal()}
      >
        <Icon name={ACTIONS.erase.icon} />
        {t("action.erase")}
      </button>
      <dialog class="dialog" ref={dialog} aria-labelledby="erase-title" data-testid="erase-dialog">
        <h2 id="erase-title">{t("erase.title", { name: row.name || row.id })}</h2>
        <p>{t("erase.text")}</p>
        <div class="actions">
          <button
            type="button"
            class="button"
            data-action="erase_cancel"
            onClick={() => dialog.current?.close()}
          >
            {t("erase.cancel")}
          </button>
          <button type="button" class="button button-danger" data-action="erase_confirm" onClick={erase}>
            {t("erase.confirm")}
          </button>
        </div>
      </dialog>
    </>
  );
}
