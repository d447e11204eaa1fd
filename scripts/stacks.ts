/** Copies the settings that tests run into config/stacks.json, which /integrators shows: node scripts/stacks.ts */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STACKS, settingsOf } from './docs-stacks.ts';

const ROOT = join(import.meta.dirname, '..');
export const STACKS_FILE = join(ROOT, 'config', 'stacks.json');

const TITLES = {
  'openid-client': 'openid-client (Node.js)',
  'express-openid-connect': 'express-openid-connect (Node.js)',
  'passport-openidconnect': 'passport-openidconnect (Node.js)',
  'auth-js': 'Auth.js (Node.js)',
  'oidc-client-ts': 'oidc-client-ts',
  'mod-auth-openidc': 'mod_auth_openidc (Apache)',
} as const satisfies Record<keyof typeof STACKS, string>;

export function readStacks(): object[] {
  return (Object.keys(TITLES) as (keyof typeof TITLES)[]).map((name) => ({
    name,
    title: TITLES[name],
    source: `test/relying-parties/real/${STACKS[name]}`,
    code: settingsOf(STACKS[name]).split('\n').slice(1, -1).join('\n'),
  }));
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(STACKS_FILE, `${JSON.stringify(readStacks(), null, 2)}\n`);
