import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Running, Settings } from './application.ts';

// settings: begin
/** Of a virtual host. Registered: redirect {baseUrl}/callback, backchannel_logout_uri {baseUrl}/callback?logout=backchannel */
export function apacheSettings({ issuer, baseUrl, clientId, clientSecret }: Settings): string {
  return `
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCRedirectURI ${baseUrl}/callback
OIDCCryptoPassphrase of-this-application-alone
OIDCScope "openid profile email school"
OIDCPKCEMethod S256
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCPassClaimsAs environment
OIDCSessionType server-cache
<Location "/">
  AuthType openid-connect
  Require valid-user
</Location>
# Where the application asks Préau with its access token, one request at a time: Apache renews it in time.
<Location "/calls">
  OIDCRefreshAccessTokenBeforeExpiry 60 logout_on_error
</Location>
<Location "/open">
  Require all granted
</Location>
`;
}
// settings: end

const MODULES = '/usr/lib/apache2/modules';
const LOADED = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'auth_openidc',
  'include',
  'mime',
  'dir',
];

/** Apache from the system's packages as a private child: no service, a folder of its own. */
export async function runApache(settings: Settings): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'preau-apache-'));
  // Its workers are another user where it is started by root.
  chmodSync(folder, 0o755);
  const pages = join(folder, 'pages');
  for (const name of ['open', 'calls']) mkdirSync(join(pages, name), { recursive: true });
  const echo = (name: string) => `"${name}": "<!--#echo var="OIDC_${name}" encoding="none" -->"`;
  const said = (...names: string[]) => `{${names.map(echo).join(', ')}}`;
  writeFileSync(join(pages, 'me.shtml'), said('CLAIM_sub', 'CLAIM_name', 'CLAIM_profiles'));
  writeFileSync(join(pages, 'calls', 'tokens.shtml'), said('access_token', 'refresh_token'));
  writeFileSync(join(pages, 'open', 'index.html'), 'signed out');
  writeFileSync(join(folder, 'httpd.conf'), configurationOf(settings, { folder, pages }));
  const child = spawn('apache2', ['-D', 'FOREGROUND', '-f', join(folder, 'httpd.conf')], { stdio: 'pipe' });
  let printed = '';
  child.stderr.on('data', (chunk) => {
    printed += chunk;
  });
  for (let tries = 0; tries < 100; tries += 1) {
    const isUp = await fetch(`${settings.baseUrl}/open/index.html`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isUp) return { stop: () => stop(child, folder) };
    if (child.exitCode !== null) break;
    await pause(50);
  }
  await stop(child, folder);
  throw new Error(`apache did not start:\n${printed}`);
}

async function stop(child: ReturnType<typeof spawn>, folder: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

function configurationOf(settings: Settings, { folder, pages }: { folder: string; pages: string }): string {
  const loads = LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`);
  const isRoot = process.getuid?.() === 0;
  return `
ServerRoot ${folder}
PidFile ${folder}/httpd.pid
ServerName localhost
Listen 127.0.0.1:${new URL(settings.baseUrl).port}
${loads.join('\n')}
${isRoot ? 'User www-data\nGroup www-data' : ''}
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
DocumentRoot ${pages}
TypesConfig /etc/mime.types
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
<Directory ${pages}>
  Options +Includes
  OIDCPassRefreshToken On
</Directory>
${apacheSettings(settings)}`;
}
