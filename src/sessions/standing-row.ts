import { z } from 'zod';
import { Memory } from '../crypto/memory.ts';
import { frozen } from './frozen.ts';
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
      formerly: z.array(z.object({ academie: z.string(), untilAt: when })).optional(),
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

/**
 * PostgreSQL is asked at every request; of the same answer comes the very same, unchanging object. So what is made of
 * somebody can be remembered by it: whoever changed, was locked or erased is another one.
 */
function readOnce<T extends object>(schema: z.ZodType<T>): (text: string) => T {
  const known = new Memory<{ readonly text: string; readonly read: T }>();
  return (text) => {
    // Found by its length and beginning, compared as a whole: as a key all of it would be hashed at each request.
    const name = `${text.length} ${text.slice(0, BEGINNING)}`;
    const last = known.get(name);
    if (last?.text === text) return last.read;
    const read = frozen(schema.parse(JSON.parse(text)));
    return known.keep(name, { text, read }, text.length).read;
  };
}

/** Far enough to tell one from another: jsonb puts short names first, `id` and `person` among them. */
const BEGINNING = 120;

const readPerson = readOnce<StandingPerson>(person);
const readSession = readOnce<StandingSession>(session);
const readFamily = readOnce<StandingFamily>(family);

/** As our own statement writes it: what it has of somebody is the text of JSON. */
export interface StandingRow {
  readonly version: number;
  readonly generation: number;
  readonly clientsVersion: number;
  readonly redisEpochAt: Date | null;
  readonly isCookieEnded: boolean;
  readonly isGrantRevoked: boolean;
  readonly person: string | null;
  readonly session: string | null;
  readonly family: string | null;
  readonly mark: string;
}

export function parseStanding(row: StandingRow, asked: Asked): Standing {
  const { version, generation, clientsVersion, redisEpochAt, isCookieEnded, isGrantRevoked, mark } = row;
  return {
    clock: { version, generation, clientsVersion },
    redisEpochAt: redisEpochAt ?? undefined,
    person: row.person === null ? undefined : readPerson(row.person),
    session: asked.sessionUidDigest && (row.session === null ? null : readSession(row.session)),
    isCookieEnded,
    isGrantRevoked,
    family: asked.familyId && (row.family === null ? null : readFamily(row.family)),
    mark,
    length: (row.person?.length ?? 0) + (row.session?.length ?? 0) + (row.family?.length ?? 0),
  };
}
