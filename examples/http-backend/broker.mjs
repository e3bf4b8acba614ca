// The broker's side of docs/http-backend.yaml: who calls, checked by its assertion. Nothing but Node.js 20 is needed.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';

const MOST = 64 * 1024;

/** Nothing was done (docs/http-backend.yaml). */
export class Refused extends Error {
  constructor(status, detail, retryAfter) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

function decoded(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}

/** Checks assertions of one broker; keys are fetched when they are not known, at most every ten seconds. */
export class Broker {
  #issuer;
  #self;
  #keys = new Map();
  #fetched = 0;
  #seen = new Map();

  /** @param self this service's base address, which is the assertions' audience */
  constructor(issuer, self) {
    this.#issuer = issuer;
    this.#self = self;
  }

  async #key(kid) {
    if (!this.#keys.has(kid) && Date.now() - this.#fetched > 10_000) {
      this.#fetched = Date.now();
      const answer = await fetch(`${this.#issuer}/oauth2/jwks`, { redirect: 'error', signal: AbortSignal.timeout(3000) });
      const { keys } = await answer.json();
      this.#keys = new Map(keys.filter(key => key.kty === 'EC' && key.crv === 'P-256')
        .map(key => [key.kid, createPublicKey({ key, format: 'jwk' })]));
    }
    return this.#keys.get(kid);
  }

  async check(authorization, path, body) {
    const stranger = new Refused(401, 'This service answers its broker alone.');
    const parts = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '');
    if (!parts) throw stranger;
    let header, claims;
    try {
      [header, claims] = [decoded(parts[1]), decoded(parts[2])];
    } catch {
      throw stranger;
    }
    if (header?.alg !== 'ES256' || header.typ !== 'client-authentication+jwt' || header.crit !== undefined) throw stranger;
    let key;
    try {
      key = await this.#key(header.kid);
    } catch {
      throw new Refused(503, 'The broker\'s keys cannot be read.', 5);
    }
    const signature = Buffer.from(parts[3], 'base64url');
    if (!key || !verify('sha256', Buffer.from(`${parts[1]}.${parts[2]}`), { key, dsaEncoding: 'ieee-p1363' }, signature)) {
      throw stranger;
    }
    const now = Date.now() / 1000;
    if (claims.iss !== this.#issuer || claims.sub !== this.#issuer || claims.aud !== this.#self
      || claims.htu !== `${this.#self}${path}` || claims.body_sha256 !== createHash('sha256').update(body).digest('base64url')
      || !(claims.exp > now - 30) || !(claims.exp < now + 120) || typeof claims.jti !== 'string') {
      throw stranger;
    }
    for (const [jti, end] of this.#seen) if (end < now - 30) this.#seen.delete(jti);
    if (this.#seen.has(claims.jti)) throw stranger;
    this.#seen.set(claims.jti, claims.exp);
  }
}

async function read(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MOST) throw new Refused(413, 'The body is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

/** @param calls by name: issue, destroy, look, list and check, each from the body to the answer */
export function serve(broker, calls, port, host = '127.0.0.1') {
  const server = createServer(async (request, response) => {
    try {
      const path = request.url;
      const call = Object.hasOwn(calls, path.slice(1)) ? calls[path.slice(1)] : undefined;
      if (request.method !== 'POST' || !call) throw new Refused(404, 'There is no such call.');
      const body = await read(request);
      await broker.check(request.headers.authorization, path, body);
      let asked;
      try {
        asked = JSON.parse(body.toString('utf8'));
      } catch {
        throw new Refused(400, 'The body is no JSON.');
      }
      if (asked === null || typeof asked !== 'object' || Array.isArray(asked)) throw new Refused(400, 'The body is no object.');
      answer(response, 200, 'application/json', await call(asked));
    } catch (e) {
      if (e instanceof Refused) {
        answer(response, e.status, 'application/problem+json', { made: false, detail: e.message, retry_after: e.retryAfter });
      } else {
        // Something may have been made: the broker will look.
        console.error(`${request.url}: ${e.name}`);
        answer(response, 500, 'application/problem+json', { detail: 'It is not known what was done.' });
      }
    }
  });
  return new Promise(resolve => server.listen(port, host, () => resolve(server)));
}
