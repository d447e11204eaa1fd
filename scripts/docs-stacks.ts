import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'test', 'relying-parties', 'real');

/** The stacks with a page in docs/integrate, and the file of the test that runs each. */
export const STACKS = {
  'openid-client': 'openid-client.ts',
  'express-openid-connect': 'express-openid-connect.ts',
  'passport-openidconnect': 'passport-openidconnect.ts',
  'auth-js': 'auth-js.ts',
  'oidc-client-ts': 'oidc-client-ts.ts',
  'mod-auth-openidc': 'apache.ts',
} as const;

/** What stands between the marks in the very file that is tested. */
export function settingsOf(file: string): string {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const [, marked] = /^ *\/\/ settings: begin\n(.*?)^ *\/\/ settings: end$/ms.exec(text) ?? [];
  if (!marked) throw new Error(`${file} marks no settings`);
  const lines = marked.trimEnd().split('\n');
  const indents = lines.filter((line) => line.trim()).map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const indent = Math.min(...indents);
  return ['```ts', ...lines.map((line) => line.slice(indent)), '```'].join('\n');
}
