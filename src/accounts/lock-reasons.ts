/** Why an account was locked where nobody of the staff typed a reason: one sentence in the record, in words where it is shown. */
export const ASKED_BY_HOLDER = 'asked by the holder';

export interface Disowning {
  what: 'claim' | 'change';
  by: 'holder' | 'guardian' | 'former-guardian';
}

export function disownedReason(told: string, by: Disowning['by']): string {
  const what = told === 'claim' ? 'the claim' : `a change (${told})`;
  return `${what} was disowned by its ${by}`;
}

const DISOWNED =
  /^(?:the (claim)|a (change) \([a-z-]+\)) was disowned by its (holder|guardian|former-guardian)$/;

/** Undefined: somebody typed it. */
export function disowningIn(reason: string): Disowning | undefined {
  const [, claim, change, by] = DISOWNED.exec(reason) ?? [];
  const what = claim ?? change;
  return what && by ? ({ what, by } as Disowning) : undefined;
}
