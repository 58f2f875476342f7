// The basics that everybody who cannot see, or not well, rests on. To be evaluated in the page; what is
// wrong, in words.

export function findBarriers() {
    const problems = [];
    const isShown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
    const name = (element) =>
        (element.getAttribute('aria-label') ??
            [...(element.labels ?? [])].map((label) => label.textContent).join(' ')) ||
        element.textContent.trim() ||
        element.title;
    const tell = (what, element) => problems.push(`${what}: ${element.outerHTML.slice(0, 120)}`);

    if (!/^(es|en|pt)$/.test(document.documentElement.lang))
        problems.push('the page does not say its language');
    if (document.title === '') problems.push('the page has no title');
    for (const element of document.querySelectorAll(
        'button, a[href], input, select, textarea, [role=switch], [role=timer]',
    ))
        if (isShown(element) && !name(element)) tell('nameless', element);
    for (const element of document.querySelectorAll('img:not([alt]), svg:not([aria-hidden]):not([role])'))
        tell('an image without words', element);
    for (const element of document.querySelectorAll('[tabindex]'))
        if (element.tabIndex > 0) tell('an order of its own', element);
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    for (const id of new Set(ids.filter((each, i) => ids.indexOf(each) !== i)))
        problems.push(`an id twice: ${id}`);
    for (const element of document.querySelectorAll('[aria-labelledby], [aria-controls]'))
        for (const id of (
            element.getAttribute('aria-labelledby') ?? element.getAttribute('aria-controls')
        ).split(' '))
            if (document.getElementById(id) === null) tell(`speaks of #${id}, which is not there`, element);

    // Contrast: WCAG 2.1, 1.4.3.
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const colour = (layers) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const layer of layers) {
            canvas.fillStyle = layer;
            canvas.fillRect(0, 0, 1, 1);
        }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (rgb) =>
        rgb
            .map((value) => value / 255)
            .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
            .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const element = words.currentNode.parentElement;
        const box = element.getBoundingClientRect();
        if (
            words.currentNode.data.trim() === '' ||
            !isShown(element) ||
            box.width < 2 ||
            element.closest(':disabled, option')
        )
            continue;
        const grounds = [];
        for (let each = element; each !== null; each = each.parentElement)
            grounds.unshift(getComputedStyle(each).backgroundColor);
        const ground = colour(['white', ...grounds]);
        const text = colour([`rgb(${ground})`, getComputedStyle(element).color]);
        const [light, dark] = [luminance(ground), luminance(text)].sort((a, b) => b - a);
        const ratio = (light + 0.05) / (dark + 0.05);
        if (ratio < 4.5) tell(`contrast ${ratio.toFixed(2)}`, element);
    }
    return problems;
}
