// The little of a browser that the page's words need.

const kept = new Map<string, string>();
Object.assign(globalThis, {
  localStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  },
  document: { documentElement: {}, addEventListener: () => {}, visibilityState: "visible" },
});
