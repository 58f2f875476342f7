import { contained } from "./bidi";

/** A name, an id or a text of somebody's, in the middle of ours. */
export function Said({ text }: { text: string }) {
  return <bdi>{contained(text)}</bdi>;
}
