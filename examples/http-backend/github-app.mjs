// Installation tokens of a GitHub App, made for leases of Errand and revoked with them (docs/http-backend.md).
//
//   GITHUB_APP_ID, GITHUB_INSTALLATION_ID, GITHUB_PRIVATE_KEY_FILE (PEM)
//   GITHUB_API       default https://api.github.com
//   ERRAND_ISSUER    the broker's issuer identifier
//   SELF             this service's base address, as errand.http-targets has it
//   PORT, STATE_DIR  where it listens, and where it keeps what it made (a directory of mode 0700)
import { createCipheriv, createDecipheriv, createPrivateKey, hkdfSync, randomBytes, sign } from 'node:crypto';
import { chmod, mkdir, open, readFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Broker, Refused, serve } from './broker.mjs';

const env = name => process.env[name] ?? (() => { throw new Error(`set ${name}`); })();
const api = process.env.GITHUB_API ?? 'https://api.github.com';
const pem = await readFile(env('GITHUB_PRIVATE_KEY_FILE'));
const key = createPrivateKey(pem);
const [app, installation, state] = [env('GITHUB_APP_ID'), env('GITHUB_INSTALLATION_ID'), env('STATE_DIR')];
/** GitHub's tokens live an hour, whatever is asked for. */
const HOUR = 3600_000;
const LEASE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

await mkdir(state, { recursive: true, mode: 0o700 });
await chmod(state, 0o700);

// A token is needed to revoke itself, and GitHub lists none: so it is kept, sealed with a key that the app's own key makes.
const sealing = Buffer.from(hkdfSync('sha256', pem, '', 'errand-github-tokens', 32));
function seal(text) {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealing, iv);
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}
function unseal(text) {
  const all = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', sealing, all.subarray(0, 12));
  decipher.setAuthTag(all.subarray(-16));
  return Buffer.concat([decipher.update(all.subarray(12, -16)), decipher.final()]).toString('utf8');
}

function file(lease) {
  if (typeof lease !== 'string' || !LEASE.test(lease)) throw new Refused(400, 'lease_id is no UUID.');
  return join(state, lease);
}
async function note(lease, what, flags) {
  const path = flags === 'wx' ? file(lease) : `${file(lease)}.new`;
  const handle = await open(path, flags, 0o600);
  try {
    await handle.writeFile(JSON.stringify(what));
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (flags !== 'wx') await rename(path, file(lease));
}
async function noted(lease) {
  try {
    return JSON.parse(await readFile(file(lease), 'utf8'));
  } catch (e) {
    if (e.code === 'ENOENT') return undefined;
    if (e instanceof SyntaxError) return { made: (await stat(file(lease))).mtimeMs }; // cut off while it was written: nobody knows
    throw e;
  }
}
const absent = e => { if (e.code !== 'ENOENT') throw e; };

// A lease that has ended gets no token, though its call to issue arrives only now: no assertion is good for longer than this.
const LATE = 10 * 60_000;
const ended = lease => `${file(lease)}.ended`;
async function end(lease) {
  await (await open(ended(lease), 'w', 0o600)).close();
  await unlink(file(lease)).catch(absent);
}
const hasEnded = lease => stat(ended(lease)).then(() => true, () => false);
/** Calls to issue that are under way, which whoever destroys or looks waits for. */
const issuing = new Map();
const settled = lease => issuing.get(lease)?.catch(() => {});

function appToken() {
  const now = Math.floor(Date.now() / 1000);
  const content = [{ alg: 'RS256', typ: 'JWT' }, { iss: app, iat: now - 60, exp: now + 540 }]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}
function github(method, path, bearer, body) {
  return fetch(`${api}${path}`, {
    method, redirect: 'error', signal: AbortSignal.timeout(4000), body: body && JSON.stringify(body),
    headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28', 'user-agent': 'errand-github-app',
      authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
  });
}

const strings = list => Array.isArray(list) && list.length > 0 && list.every(one => typeof one === 'string' && one.length < 256);
function problems({ parameters = {}, actions = [] }) {
  const found = [];
  if (!strings(parameters.repositories)) {
    found.push({ member: 'repositories', detail: 'Name the repositories, without their owner.' });
  }
  for (const action of actions) {
    const wanted = parameters.permissions?.[action];
    if (!wanted || typeof wanted !== 'object' || Object.keys(wanted).length === 0
      || !Object.values(wanted).every(one => ['read', 'write', 'admin'].includes(one))) {
      found.push({ member: `permissions.${action}`, detail: 'Name GitHub\'s permissions, for example {"contents": "read"}.' });
    }
  }
  for (const member of Object.keys(parameters)) {
    if (!['repositories', 'permissions'].includes(member)) found.push({ member, detail: 'There is no such member.' });
  }
  return found;
}
function permissions({ parameters, actions }) {
  const order = ['read', 'write', 'admin'];
  const all = {};
  for (const action of actions) {
    for (const [name, level] of Object.entries(parameters.permissions[action])) {
      if (order.indexOf(level) > order.indexOf(all[name])) all[name] = level;
    }
  }
  return all;
}

async function issue(asked) {
  const wrong = problems(asked)[0];
  if (wrong || !strings(asked.actions)) throw new Refused(422, wrong ? `${wrong.member}: ${wrong.detail}` : 'No action.');
  if (await hasEnded(asked.lease_id)) throw new Refused(409, 'This lease has ended.');
  try {
    await note(asked.lease_id, { made: Date.now() }, 'wx');
  } catch (e) {
    if (e.code === 'EEXIST') throw new Refused(409, 'This lease has its token already.');
    throw e;
  }
  const answer = await github('POST', `/app/installations/${installation}/access_tokens`, appToken(),
    { repositories: asked.parameters.repositories, permissions: permissions(asked) });
  if (answer.status !== 201) {
    if (answer.status >= 500) throw new Error('nobody knows whether GitHub made it');
    await unlink(file(asked.lease_id)).catch(absent);
    const decided = answer.status !== 429 && answer.headers.get('x-ratelimit-remaining') !== '0';
    throw new Refused(decided ? 422 : 429, `GitHub refused with ${answer.status}.`, decided ? undefined : 60);
  }
  const { token, expires_at: expires } = await answer.json();
  await note(asked.lease_id, { made: Date.now(), expires, token: seal(token) }, 'w');
  return { valid_until: new Date(expires).toISOString(), data: { username: 'x-access-token' }, secrets: { token } };
}

const calls = {
  async check(asked) {
    const found = problems(asked);
    if (found.length === 0) {
      const answer = await github('GET', `/app/installations/${installation}`, appToken());
      if (answer.status !== 200) found.push({ member: '', detail: `GitHub knows no such installation (${answer.status}).` });
    }
    return { problems: found };
  },

  issue(asked) {
    file(asked.lease_id);
    if (issuing.has(asked.lease_id)) throw new Refused(409, 'This lease has its token already.');
    const made = issue(asked).finally(() => issuing.delete(asked.lease_id));
    issuing.set(asked.lease_id, made);
    return made;
  },

  async destroy({ lease_id: lease }) {
    await settled(lease);
    const kept = await noted(lease);
    if (!kept) {
      await end(lease);
    } else if (kept.token) {
      const answer = await github('DELETE', '/installation/token', unseal(kept.token));
      if (answer.status !== 204 && answer.status !== 401) throw new Refused(503, `GitHub answered ${answer.status}.`, 5);
    }
    return {};
  },

  async look({ lease_id: lease }) {
    await settled(lease);
    const kept = await noted(lease);
    if (!kept) return { state: 'absent', statement: 'No token was made for this lease.' };
    if (!kept.token) {
      // It was about to make one: GitHub lists no tokens, and one that nobody noted ends within an hour.
      const until = kept.made + HOUR + 60_000;
      if (Date.now() < until) return { state: 'until', until: new Date(until).toISOString() };
      await end(lease);
      return { state: 'absent', statement: 'A token may have been made whose answer was lost; it has ended by itself.' };
    }
    const answer = await github('GET', '/installation/repositories?per_page=1', unseal(kept.token));
    if (answer.status !== 401) return { state: 'present', statement: `GitHub answers the token with ${answer.status}.` };
    await end(lease);
    return { state: 'absent', statement: 'GitHub answers the token with 401 at /installation/repositories.' };
  },

  async list({ after = '' }) {
    for (const name of (await readdir(state)).filter(one => one.endsWith('.ended'))) {
      const path = join(state, name);
      if (Date.now() - (await stat(path)).mtimeMs > LATE) await unlink(path).catch(absent);
    }
    const all = (await readdir(state)).filter(name => LEASE.test(name) && name > after).sort();
    const page = all.slice(0, 1000);
    return { credentials: page.map(lease => ({ lease_id: lease })), next: all.length > 1000 ? page.at(-1) : undefined };
  },
};

const port = Number(env('PORT'));
await serve(new Broker(env('ERRAND_ISSUER'), env('SELF')), calls, port);
console.log(`github-app listens on 127.0.0.1:${port}`);
