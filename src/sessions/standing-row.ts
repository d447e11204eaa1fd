import { z } from 'zod';
import type { Asked, Standing } from './standing.ts';

const bytes = z.string().transform((hex) => Buffer.from(hex, 'hex'));
const when = z.coerce.date();
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const list = <T extends z.ZodType>(schema: T) =>
  z
    .array(schema)
    .nullable()
    .transform((rows) => rows ?? []);

const wrappedKey = maybe(z.object({ dataKey: z.number(), wrapped: bytes }));

const profiles = z.enum(['pupil', 'guardian', 'teacher', 'staff']);

const membership = z.object({
  profile: profiles,
  establishment: z.string(),
  establishmentName: z.string(),
  academie: z.string(),
  schoolYear: z.number(),
  class: maybe(z.string()),
  function: maybe(z.string()),
});

const person = z.object({
  number: z.number(),
  id: z.string(),
  subjectId: z.string(),
  state: z.enum(['dormant', 'active', 'closed']),
  epoch: z.number(),
  claimedBy: maybe(z.string()),
  isLocked: z.boolean(),
  usernameSealed: maybe(bytes),
  key: wrappedKey,
  fields: list(z.object({ field: z.string(), sealed: bytes })),
  memberships: list(membership),
  history: list(
    z.object({
      profile: profiles,
      establishment: z.string(),
      academie: z.string(),
      class: maybe(z.string()),
      fromAt: when,
      untilAt: maybe(when),
    }),
  ),
  contacts: list(
    z.object({
      kind: z.enum(['mail', 'phone']),
      establishment: maybe(z.string()),
      sealed: bytes,
      confirmedAt: maybe(when),
      holders: z.number(),
    }),
  ),
  children: list(
    z.object({
      number: z.number(),
      subjectId: z.string(),
      rank: z.number(),
      key: wrappedKey,
      givenNameSealed: maybe(bytes),
      memberships: list(membership),
    }),
  ),
  isPersona: z.boolean(),
  toldOf: z
    .record(z.string(), z.number())
    .nullable()
    .transform((versions) => new Map(Object.entries(versions ?? {}))),
});

const session = z.object({
  person: z.number(),
  kind: z.string(),
  epoch: z.number(),
  generation: z.number(),
  startedAt: when,
  absoluteEnd: when,
  idleSeconds: z.number(),
  endedAt: maybe(when),
});

const family = z.object({
  person: z.number(),
  clientId: z.string(),
  rotation: z.number(),
  revokedAt: maybe(when),
  untilAt: when,
});

const row = z.object({
  version: z.number(),
  generation: z.number(),
  clientsVersion: z.number(),
  redisEpochAt: maybe(z.date()),
  person: maybe(person),
  session: session.nullable(),
  isCookieEnded: z.boolean(),
  isGrantRevoked: z.boolean(),
  family: family.nullable(),
});

export function parseStanding(given: unknown, asked: Asked): Standing {
  const { version, generation, clientsVersion, ...rest } = row.parse(given);
  return {
    ...rest,
    clock: { version, generation, clientsVersion },
    session: asked.sessionUidDigest ? rest.session : undefined,
    family: asked.familyId ? rest.family : undefined,
  };
}
