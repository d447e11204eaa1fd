import { performance } from 'node:perf_hooks';
import { openMemberships } from '../../src/directory/memberships.ts';
import { aHead, enter } from '../console/staff.ts';
import { createEstablishment } from '../login/people.ts';
import type { RosterWorld } from '../roster/world.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { wholeWorld } from '../support/world.ts';

/** What the console shows of one pupil to a head of their school. */
export interface Seen {
  /** Of the page of their class: characters of their line, and which of how many it is. */
  line: number;
  place: number;
  /** Of their own page, ids and all. */
  length: number;
  milliseconds: number;
}

export interface StaffView {
  /** By the id that stands in the links: the list of each class first, in its order, then the pages of these. */
  look(uai: string, classes: readonly string[], ids: readonly string[]): Promise<Map<string, Seen>>;
  close(): Promise<void>;
}

const ENOUGH = { hour: 1_000_000, day: 1_000_000 };

/** A head of all these schools, signed in, whose reading budget has no end. */
export async function openStaffView(roster: RosterWorld, uais: readonly string[]): Promise<StaffView> {
  await createEstablishment(roster);
  const world = await wholeWorld({
    stores: roster,
    change: (config) => ({
      ...config,
      reading: { ...config.reading, budgets: { ...config.reading.budgets, head: ENOUGH } },
    }),
  });
  const head = await aHead(world);
  const post = {
    person: head.person,
    schoolYear: 2026,
    classId: null,
    profile: 'staff',
    function: 'DIR',
  } as const;
  await roster.db.transaction().execute((tx) =>
    openMemberships(
      tx,
      uais.map((uai) => ({ ...post, uai })),
      new Date(world.now().getTime() - 1000),
    ),
  );
  const desk = await enter(world, head);
  return {
    close: world.close,
    async look(uai, classes, ids) {
      const lines = new Map<string, Pick<Seen, 'line' | 'place'>>();
      for (const code of classes)
        for (const [id, seen] of await linesOf(desk, { uai, code })) lines.set(id, seen);
      const seen = new Map<string, Seen>();
      for (const id of ids) {
        const line = lines.get(id);
        if (!line) throw new Error('a pupil stands on no list');
        const startedAt = performance.now();
        const page = await shown(desk.get(`/console/people/${id}`));
        const milliseconds = Math.min(60, performance.now() - startedAt);
        seen.set(id, { ...line, length: page.text.length, milliseconds });
      }
      return seen;
    },
  };
}

async function linesOf(desk: Visitor, { uai, code }: { uai: string; code: string }) {
  const path = `/console/schools/${uai}/classes/${encodeURIComponent(code)}/pupils`;
  const { text } = await shown(desk.get(path));
  const rows = text.match(/<tr>(?:(?!<\/tr>).)*\/console\/people\/.*?<\/tr>/gs) ?? [];
  return rows.map((row, at): [string, Pick<Seen, 'line' | 'place'>] => {
    const [, id = ''] = /\/console\/people\/([\w-]{36})/.exec(row) ?? [];
    return [id, { line: row.length, place: at / rows.length }];
  });
}

async function shown(answer: Promise<Answer>): Promise<Answer> {
  const { status, url } = await answer;
  if (status !== 200) throw new Error(`${status} at ${url}`);
  return answer;
}
