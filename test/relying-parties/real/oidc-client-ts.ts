import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Running, Settings } from './application.ts';

/** The page of an application that lives in the browser: registered as public, with `token_endpoint_auth_method: none`. */
const page = ({ issuer, baseUrl, clientId }: Settings): string => `<!doctype html>
<meta charset="utf-8"><title>application</title>
<script src="/oidc-client-ts.js"></script>
<button id="in">in</button><button id="again">again</button><button id="out">out</button>
<pre id="said"></pre>
<script>
// settings: begin
const manager = new oidc.UserManager({
  authority: '${issuer}',
  client_id: '${clientId}',
  redirect_uri: '${baseUrl}/callback',
  post_logout_redirect_uri: '${baseUrl}/',
  scope: 'openid profile email school',
  loadUserInfo: true,
});
// signs in: manager.signinRedirect(); at the callback: manager.signinCallback()
// renews with its refresh token: manager.signinSilent(); signs out: manager.signoutRedirect()
// settings: end
const say = (value) => { document.getElementById('said').textContent = JSON.stringify(value); };
document.getElementById('in').onclick = () => manager.signinRedirect();
document.getElementById('again').onclick = async () => say({ renewed: Boolean((await manager.signinSilent()).access_token) });
document.getElementById('out').onclick = () => manager.signoutRedirect();
(async () => {
  if (location.pathname === '/callback') say((await manager.signinCallback()).profile);
  else say({ signedOut: !(await manager.getUser()) });
})().catch((error) => say({ error: String(error) }));
</script>`;

export async function runBrowserApplication(settings: Settings): Promise<Running> {
  const require = createRequire(import.meta.url);
  const folder = join(require.resolve('oidc-client-ts/package.json'), '..', 'dist', 'browser');
  const bundle = readFileSync(join(folder, 'oidc-client-ts.min.js'));
  const server = createServer((request, response) => {
    if (request.url === '/oidc-client-ts.js')
      response.setHeader('content-type', 'text/javascript').end(bundle);
    else response.setHeader('content-type', 'text/html').end(page(settings));
  });
  await new Promise<void>((resolve) =>
    server.listen(Number(new URL(settings.baseUrl).port), '127.0.0.1', resolve),
  );
  return {
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
