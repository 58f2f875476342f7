/** In a list of buttons the arrow keys, Home and End move the focus. */
export function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("li > button")];
  const here = buttons.indexOf(document.activeElement as HTMLElement);
  const last = buttons.length - 1;
  const target = { ArrowDown: Math.min(here + 1, last), ArrowUp: Math.max(here - 1, 0), Home: 0, End: last }[
    event.key
  ];
  if (target === undefined) return;
  event.preventDefault();
  buttons[target]?.focus();
}
