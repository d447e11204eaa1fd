import { z } from 'zod';
import type { Claims } from './relying-party.ts';

const establishment = z.object({
  uai: z.string(),
  name: z.string().default(''),
  profile: z.string().default(''),
  classes: z.array(z.string()).default([]),
});
const child = z.object({ given_name: z.string().default(''), class: z.string().default('') });

export interface Schooling {
  givenName: string;
  profiles: string[];
  schools: string[];
  /** What this person follows or teaches; a guardian, what their children follow. */
  classes: { code: string /** Whose, where several are told apart. */; label?: string }[];
}

/** The claims of scope `school`; what is missing or odd counts as not sent. */
export function schoolingOf(claims: Claims): Schooling {
  const establishments = listOf(establishment, claims.establishments);
  const children = listOf(child, claims.children).filter((one) => one.class !== '');
  const own = establishments.flatMap(({ classes }) => classes.map((code) => ({ code })));
  const ofChildren = children.map((one) => ({
    label: `${one.given_name} · ${one.class}`,
    code: one.class,
  }));
  return {
    givenName: typeof claims.given_name === 'string' ? claims.given_name : '',
    profiles: listOf(z.string(), claims.profiles),
    schools: [...new Set(establishments.map(({ name, uai }) => name || uai))],
    classes: ofChildren.length > 0 ? ofChildren : own,
  };
}

function listOf<T>(schema: z.ZodType<T>, value: unknown): T[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one) => {
    const parsed = schema.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
}
