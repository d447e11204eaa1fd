import type { AdapterPayload } from 'oidc-provider';

/** One client in one session: set once, by whichever tab comes first. */
export interface Settled {
  readonly grantId: string;
  readonly sid: string;
}

/** What the client's grant covers, once it was kept: whoever reads the session need not read it. */
export interface Covered {
  readonly grantId: string;
  /** Whose it is: the field's name is not sealed. */
  readonly clientId: string;
  /** As the engine's grant has it. */
  readonly openid: { readonly scope: string; readonly claims: readonly string[] };
  /** Seconds since 1970: its expiry. */
  readonly until: number;
}

type Authorizations = NonNullable<AdapterPayload['authorizations']>;
type Authorization = Authorizations[string] & { covered?: Covered };

/** In the engine's session, beside its own. */
export function coveredIn(authorization: Authorizations[string]): Covered | undefined {
  return (authorization as Authorization).covered;
}

export function noteCovered(authorization: Authorizations[string], covered: Covered): void {
  (authorization as Authorization).covered = covered;
}

export function settledField(clientId: string): string {
  return `a:${clientId}:settled`;
}

export function coveredField(clientId: string): string {
  return `a:${clientId}:covered`;
}

export function isCovered(wanted: string | undefined, held: string): boolean {
  if (wanted === held) return true;
  const scopes = new Set(held.split(' '));
  return (wanted ?? '').split(' ').every((scope) => scopes.has(scope));
}

/**
 * A session's grant for one client, as the engine would read it. None where less stands here than `scope`, which was given
 * under it: the grant grew since with what its client is registered for, and says so itself.
 */
export function grantCoveredIn(
  { accountId, authorizations }: AdapterPayload,
  { clientId = '', scope }: Pick<AdapterPayload, 'clientId' | 'scope'>,
): (AdapterPayload & { jti: string }) | undefined {
  const authorization = authorizations?.[clientId];
  const covered = authorization && coveredIn(authorization);
  if (!accountId || !covered || covered.grantId !== authorization.grantId) return undefined;
  if (scope && !isCovered(scope, covered.openid.scope)) return undefined;
  const { grantId: jti, openid, until: exp } = covered;
  return { accountId, clientId, jti, exp, openid, kind: 'Grant' };
}

/** By field, never as a whole: ten authorizations at once all stay (design R5). */
export function toFields(
  authorizations: AdapterPayload['authorizations'],
  seal: (value: unknown) => string,
): string[] {
  return Object.entries(authorizations ?? {}).flatMap(([clientId, authorization]) => {
    const { sid, grantId, persistsLogout } = authorization;
    const covered = coveredIn(authorization);
    return [
      ...(sid && grantId ? [settledField(clientId), seal({ grantId, sid })] : []),
      ...(covered ? [coveredField(clientId), seal(covered)] : []),
      ...(persistsLogout ? [`a:${clientId}:persistsLogout`, '1'] : []),
    ];
  });
}

export function fromFields(
  fields: Readonly<Record<string, string>>,
  open: (sealed: string) => unknown,
): Authorizations | undefined {
  const found: Authorizations = {};
  for (const [field, value] of Object.entries(fields)) {
    const [marker, clientId, what] = field.split(':');
    if (marker !== 'a' || !clientId) continue;
    found[clientId] = { ...found[clientId], ...authorizationOf(clientId, what, () => open(value)) };
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

function authorizationOf(clientId: string, what: string | undefined, open: () => unknown): Authorization {
  if (what === 'settled') return open() as Settled;
  if (what === 'covered') return saidOf(clientId, open() as Covered);
  return { persistsLogout: true };
}

/**
 * Where it is another client's, or a version before wrote it otherwise in a session that lives for weeks, the grant is
 * read itself.
 */
function saidOf(clientId: string, covered: Partial<Covered>): Authorization {
  return covered.openid && covered.clientId === clientId ? { covered: covered as Covered } : {};
}
