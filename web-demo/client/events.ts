// Typed events: subscribe with `on`, which returns the way out.

export interface Events<Kinds> {
  on<Name extends keyof Kinds>(name: Name, listener: (event: Kinds[Name]) => void): () => void;
  emit<Name extends keyof Kinds>(name: Name, event: Kinds[Name]): void;
}

export function createEvents<Kinds>(): Events<Kinds> {
  const listeners = new Map<keyof Kinds, Set<(event: never) => void>>();
  return {
    on(name, listener) {
      const those = listeners.get(name) ?? new Set();
      listeners.set(name, those);
      those.add(listener);
      return () => those.delete(listener);
    },
    emit(name, event) {
      // A copy: a listener may leave, or bring another, while it is called.
      for (const listener of [...(listeners.get(name) ?? [])]) (listener as (event: unknown) => void)(event);
    },
  };
}
