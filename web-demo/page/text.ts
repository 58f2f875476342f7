/** What the protocol takes as a message: no control characters but tabs and line feeds. */
export function cleanBody(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "").trim();
}
