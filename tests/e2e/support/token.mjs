// Tokens made by hand, as an integrator's backend makes them: and as a forger does.

import { createHmac } from 'node:crypto';

export const SECRET = 'a secret of the tests, which is longer than 32 bytes';

const base64url = (value) => Buffer.from(value).toString('base64url');

/** A JSON Web Token (RFC 7519) of these claims, as they are. */
export function sign(
    claims,
    { secret = SECRET, alg = 'HS256', hash = `sha${alg.slice(2)}`, head = {} } = {},
) {
    const signature =
        alg === 'none' ? () => '' : (text) => createHmac(hash, secret).update(text).digest('base64url');
    return join(JSON.stringify({ alg, typ: 'JWT', ...head }), JSON.stringify(claims), signature);
}

/** One of these claims as they are written, such as one that stands there twice. */
export function signText(claims) {
    return join('{"alg":"HS256"}', claims, (text) =>
        createHmac('sha256', SECRET).update(text).digest('base64url'),
    );
}

function join(head, claims, signature) {
    const signed = `${base64url(head)}.${base64url(claims)}`;
    return `${signed}.${signature(signed)}`;
}

export const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** The claims of somebody who may come in for an hour. A claim given as undefined is left out. */
export function claimsOf(workspace, agent, role, changes = {}) {
    const name = agent[0].toUpperCase() + agent.slice(1);
    return { aud: 'relevo', exp: inSeconds(3600), workspace, agent, name, role, ...changes };
}

export function tokenOf(workspace, agent, role = 'agent', changes = {}) {
    return sign(claimsOf(workspace, agent, role, changes));
}
