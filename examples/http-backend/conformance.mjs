// Whether a service keeps the contract of docs/http-backend.yaml: node conformance.mjs URL ISSUER_PORT ACTION PARAMETERS
//
// It plays the broker: start the service with the issuer http://127.0.0.1:ISSUER_PORT first. It makes credentials and ends them.
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

const [url, port, action, text] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const parameters = JSON.parse(text);
const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' };
const server = createServer((request, response) => response
  .writeHead(request.url === '/oauth2/jwks' ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] })));
await new Promise(resolve => server.listen(Number(port), '127.0.0.1', resolve));

const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');
function assertion(path, body, changed = {}, header = {}, key = own.privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const content = `${part({ alg: 'ES256', typ: 'client-authentication+jwt', kid: jwk.kid, ...header })}.${part({
    iss: issuer, sub: issuer, aud: url, iat: now, exp: now + 60, jti: randomUUID(), htu: `${url}${path}`,
    body_sha256: createHash('sha256').update(body).digest('base64url'), ...changed })}`;
  return `${content}.${sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
async function post(path, body, bearer) {
  const answer = await fetch(`${url}${path}`, { method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(20_000),
    headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) } });
  const told = await answer.text();
  let json;
  try {
    json = JSON.parse(told);
  } catch {
    json = undefined;
  }
  return { status: answer.status, type: answer.headers.get('content-type')?.split(';')[0] ?? '', json };
}
const call = (name, asked) => {
  const body = JSON.stringify(asked);
  return post(`/${name}`, body, assertion(`/${name}`, body));
};

let failures = 0;
async function row(what, holds) {
  let good = false, why = '';
  try {
    good = await holds() === true;
  } catch (e) {
    why = ` (${e.message})`;
  }
  failures += good ? 0 : 1;
  console.log(`${good ? 'ok    ' : 'FAILED'} ${what}${why}`);
}
const refused = ({ status, type, json }, wanted) => type === 'application/problem+json' && json?.made === false
  && typeof json.detail === 'string' && (wanted === undefined ? status >= 400 : status === wanted);
const order = (lease, more = {}) => ({ lease_id: lease, tool: 'conformance', actions: [action], parameters,
  valid_until: new Date(Date.now() + 300_000).toISOString(), ttl_seconds: 300,
  task: { id: randomUUID(), type: 'conformance', agent: 'conformance' }, ...more });
async function listed(lease) {
  let after;
  for (let page = 0; page < 100; page++) {
    const { status, json } = await call('list', after ? { after } : {});
    if (status !== 200 || !Array.isArray(json?.credentials)) throw new Error(`list answers ${status}`);
    if (json.credentials.some(one => one.lease_id === lease)) return true;
    if (!(after = json.next)) return false;
  }
  throw new Error('the list does not end');
}

await row('check finds nothing wrong with these parameters', async () => {
  const { status, json } = await call('check', { tool: 'conformance', actions: [action], parameters });
  return status === 200 && Array.isArray(json?.problems) && json.problems.length === 0;
});
await row('check says what is wrong with none', async () => {
  const { status, json } = await call('check', { tool: 'conformance', actions: ['no-such-action'], parameters: {} });
  return status === 200 && json.problems.length > 0 && json.problems.every(one => typeof one.member === 'string' && one.detail);
});

const lease = randomUUID();
const members = object => Object.entries(object ?? {});
await row('issue makes a credential', async () => {
  const { status, type, json } = await call('issue', order(lease));
  const all = [...members(json?.data), ...members(json?.secrets)];
  return status === 200 && type === 'application/json' && all.length > 0 && Date.parse(json.valid_until) > Date.now()
    && all.every(([name, value]) => /^[a-z][a-z0-9_]{0,62}$/.test(name) && name !== 'valid_until' && typeof value === 'string')
    && new Set(all.map(([name]) => name)).size === all.length && members(json.secrets).length > 0;
});
await row('a lease that was issued is not issued again', async () => refused(await call('issue', order(lease))));
await row('look sees it', async () => (await call('look', { lease_id: lease, parameters })).json?.state === 'present');
await row('list names it', () => listed(lease));
await row('destroy by the lease id alone', async () => (await call('destroy', { lease_id: lease, parameters: {} })).status === 200);
await row('look sees that it is gone, and says what was looked at', async () => {
  const { json } = await call('look', { lease_id: lease, parameters });
  return json?.state === 'absent' && json.statement?.length > 0 || json?.state === 'until' && Date.parse(json.until) > 0;
});
await row('destroy may be repeated', async () => (await call('destroy', { lease_id: lease, parameters })).status === 200);
await row('list names it no more', async () => !await listed(lease));

const never = randomUUID();
await row('destroy of what was never made', async () => (await call('destroy', { lease_id: never, parameters })).status === 200);
await row('look at what was never made', async () => (await call('look', { lease_id: never, parameters })).json?.state === 'absent');

await row('what has ended is not issued, though its call comes late', async () => refused(await call('issue', order(never))));

const lost = randomUUID();
await row('what was made is destroyed though its answer was lost', async () => {
  const body = JSON.stringify(order(lost));
  await fetch(`${url}/issue`, { method: 'POST', body, signal: AbortSignal.timeout(50),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${assertion('/issue', body)}` } }).catch(() => {});
  await new Promise(resolve => setTimeout(resolve, 2000));
  await call('destroy', { lease_id: lost, parameters });
  return ['absent', 'until'].includes((await call('look', { lease_id: lost, parameters })).json?.state);
});

const body = JSON.stringify(order(randomUUID()));
const strangers = {
  'without an assertion': undefined,
  'with an assertion that is garbage': 'a.b.c',
  'with an assertion signed by another key': assertion('/issue', body, {}, {}, other.privateKey),
  'with an assertion of an unknown key': assertion('/issue', body, {}, { kid: randomUUID() }),
  'with an assertion of alg none': `${part({ alg: 'none', typ: 'client-authentication+jwt', kid: jwk.kid })}.${assertion('/issue', body).split('.')[1]}.`,
  'with an assertion of another typ': assertion('/issue', body, {}, { typ: 'JWT' }),
  'with an assertion with crit': assertion('/issue', body, {}, { crit: ['x'], x: 1 }),
  'with an assertion of another issuer': assertion('/issue', body, { iss: 'https://other.example', sub: 'https://other.example' }),
  'with an assertion for another audience': assertion('/issue', body, { aud: 'https://other.example' }),
  'with an assertion for another call': assertion('/destroy', body),
  'with an assertion for another body': assertion('/issue', `${body} `),
  'with an assertion that has expired': assertion('/issue', body, { exp: Math.floor(Date.now() / 1000) - 300 }),
  'with an assertion that lives a day': assertion('/issue', body, { exp: Math.floor(Date.now() / 1000) + 86_400 }),
  'with an assertion without exp': assertion('/issue', body, { exp: undefined }),
  'with an assertion without jti': assertion('/issue', body, { jti: undefined }),
};
for (const [what, bearer] of Object.entries(strangers)) {
  await row(`a call ${what} is refused`, async () => refused(await post('/issue', body, bearer), 401));
}
await row('an assertion is used once', async () => {
  const asked = '{}', bearer = assertion('/list', asked);
  return (await post('/list', asked, bearer)).status === 200 && refused(await post('/list', asked, bearer), 401);
});

const hostile = {
  'a lease id with a path in it': order('../../etc/passwd'), 'no lease id': order(undefined), 'a lease id that is a number': order(7),
  'no actions': order(randomUUID(), { actions: [] }), 'an unknown action': order(randomUUID(), { actions: ['no-such-action'] }),
  'no parameters': order(randomUUID(), { parameters: {} }),
};
for (const [what, asked] of Object.entries(hostile)) {
  await row(`issue with ${what} makes nothing`, async () => refused(await call('issue', asked)));
}
for (const [what, text] of Object.entries({ 'no JSON': '{', 'a list': '[]', 'null': 'null', 'a long body': `"${'x'.repeat(2_000_000)}"` })) {
  await row(`a body that is ${what} is refused`, async () => {
    const { status } = await post('/issue', text, assertion('/issue', text)).catch(() => ({ status: 413 }));
    return status >= 400 && status < 500;
  });
}

server.close();
server.closeAllConnections();
console.log(failures === 0 ? 'conformance: all of it holds' : `conformance: ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
