// Cleaning up after a test.

const undoings = new WeakMap();

/**
 * To be done when the test is over: what was begun last is undone first, and all of it, whatever becomes of
 * the rest.
 */
export function atEnd(t, undo) {
    if (undoings.has(t)) {
        undoings.get(t).push(undo);
        return;
    }
    const stack = [undo];
    undoings.set(t, stack);
    t.after(async () => {
        const failures = [];
        while (stack.length > 0)
            await Promise.resolve()
                .then(stack.pop())
                .catch((error) => failures.push(error));
        if (failures.length > 0) throw failures[0];
    });
}
