// As much of GitHub's documented REST API (2022-11-28) as installation tokens need, for tests: PORT, GITHUB_PUBLIC_KEY_FILE, APP_ID.
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const key = createPublicKey(readFileSync(process.env.GITHUB_PUBLIC_KEY_FILE));
const tokens = new Map();

function isApp(bearer) {
  const [header, claims, signature] = bearer.split('.');
  if (!signature || !verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))) return false;
  const { iss, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url'));
  const now = Date.now() / 1000;
  return String(iss) === process.env.APP_ID && iat <= now && exp > now && exp - now <= 600;
}
async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

createServer(async (request, response) => {
  const answer = (status, json) => response.writeHead(status, { 'content-type': 'application/json' })
    .end(json === undefined ? undefined : JSON.stringify(json));
  const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const route = `${request.method} ${request.url.split('?')[0]}`;
  if (request.headers['user-agent'] === undefined) return answer(403, { message: 'User-Agent is required' });
  if (route === 'GET /app/installations/42') return isApp(bearer) ? answer(200, { id: 42 }) : answer(401, { message: 'Bad credentials' });
  if (route === 'POST /app/installations/42/access_tokens') {
    if (!isApp(bearer)) return answer(401, { message: 'Bad credentials' });
    const { repositories, permissions } = await body(request);
    if (repositories.includes('missing')) return answer(422, { message: 'There is at least one repository that does not exist' });
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const expires = new Date(Date.now() + 3600_000).toISOString().replace(/\.\d+Z$/, 'Z');
    tokens.set(token, { repositories, permissions });
    return answer(201, { token, expires_at: expires, permissions, repository_selection: 'selected' });
  }
  if (!tokens.has(bearer)) return answer(401, { message: 'Bad credentials' });
  if (route === 'DELETE /installation/token') {
    tokens.delete(bearer);
    return answer(204);
  }
  if (route === 'GET /installation/repositories') {
    const { repositories, permissions } = tokens.get(bearer);
    return answer(200, { total_count: repositories.length, repositories: repositories.map(name => ({ name, permissions })) });
  }
  return answer(404, { message: 'Not Found' });
}).listen(Number(process.env.PORT), '127.0.0.1');
