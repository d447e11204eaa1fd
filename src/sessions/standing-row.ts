import { z } from 'zod';
import { frozen } from './frozen.ts';
import { ShortMemory } from './short-memory.ts';
import type { Asked, Standing, StandingFamily, StandingPerson, StandingSession } from './standing.ts';

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

const MOST_PERSONS = 2000;

/**
 * PostgreSQL is asked at every request; of the same answer comes the very same, unchanging person. So what is made of
 * somebody can be remembered by this object: whoever changed, was locked or erased has another one.
 */
const persons = new ShortMemory<StandingPerson>(MOST_PERSONS);

/** As our own statement writes it. */
export interface StandingRow {
  readonly version: number;
  readonly generation: number;
  readonly clientsVersion: number;
  readonly redisEpochAt: Date | null;
  readonly session: WithTexts<StandingSession> | null;
  readonly isCookieEnded: boolean;
  readonly isGrantRevoked: boolean;
  readonly family: WithTexts<StandingFamily> | null;
  readonly person: string | null;
}

/** Dates inside JSON are text. */
type WithTexts<T> = {
  readonly [Name in keyof T]: T[Name] extends Date
    ? string
    : T[Name] extends Date | undefined
      ? string | null
      : T[Name];
};

export function parseStanding(row: StandingRow, asked: Asked): Standing {
  const { version, generation, clientsVersion, redisEpochAt, isCookieEnded, isGrantRevoked } = row;
  return {
    clock: { version, generation, clientsVersion },
    redisEpochAt: redisEpochAt ?? undefined,
    person: row.person === null ? undefined : personOf(row.person),
    session: asked.sessionUidDigest && row.session && parseSession(row.session),
    isCookieEnded,
    isGrantRevoked,
    family: asked.familyId && row.family && parseFamily(row.family),
  };
}

function personOf(text: string): StandingPerson {
  return persons.get(text) ?? persons.keep(text, frozen(person.parse(JSON.parse(text))));
}

function parseSession(session: WithTexts<StandingSession>): StandingSession {
  return {
    ...session,
    startedAt: dateOf(session.startedAt),
    absoluteEnd: dateOf(session.absoluteEnd),
    endedAt: session.endedAt === null ? undefined : dateOf(session.endedAt),
  };
}

function parseFamily(family: WithTexts<StandingFamily>): StandingFamily {
  return {
    ...family,
    revokedAt: family.revokedAt === null ? undefined : dateOf(family.revokedAt),
    untilAt: dateOf(family.untilAt),
  };
}

/** What is no date would end nothing. */
function dateOf(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Error('a standing with a date that is none');
  return date;
}
