import { mkdir } from 'node:fs/promises';
import { AcademieFiles } from './academie-files.ts';
import { makeHousehold } from './households.ts';
import { SeededRandom } from './random.ts';
import { makeSchools, type School } from './schools.ts';
import { makeStaff } from './staff.ts';

export interface GenerateOptions {
  schools: number;
  pupils: number;
  seed: string | number;
  dir: string;
  /** Académie codes; two by default, so that families live across a border. */
  academies?: readonly string[];
  /** Day of the export, yyyy-mm-dd. */
  date?: string;
  onProgress?: (done: number) => void;
}
export interface GeneratedRoster {
  files: string[];
  schools: Pick<School, 'academie' | 'uai' | 'name' | 'town'>[];
  pupils: number;
  guardians: number;
  staff: number;
}

/** Writes complete AAF files of people who do not exist: the same seed, the same files. Memory holds the schools only. */
export async function generateRoster(options: GenerateOptions): Promise<GeneratedRoster> {
  const { pupils, dir, date = '2026-09-16' } = options;
  const random = new SeededRandom(`${options.seed}`);
  const academies = options.academies ?? (options.schools > 1 ? ['1', '2'] : ['1']);
  const schools = makeSchools({ ...options, academies }, random);
  await mkdir(dir, { recursive: true });
  const files = new Map(academies.map((academie) => [academie, new AcademieFiles({ dir, academie, date })]));
  const filesOf = (academie: string) => {
    const found = files.get(academie);
    if (!found) throw new Error(`no files for académie ${academie}`);
    return found;
  };
  for (const school of schools) await filesOf(school.academie).addSchool(school);
  for (let made = 0; made < pupils; ) {
    const children = makeHousehold({ schools, date }, pupils - made, random);
    const near = Map.groupBy(children, ({ school }) => school.academie);
    for (const [academie, together] of near) await filesOf(academie).addHousehold(together);
    made += children.length;
    options.onProgress?.(made);
  }
  for (const school of schools) {
    for (const member of makeStaff(school, schools, random)) await filesOf(school.academie).addStaff(member);
  }
  const ended = await Promise.all([...files.values()].map((academie) => academie.end()));
  const sum = (of: (counts: (typeof ended)[number]) => number) =>
    ended.reduce((total, each) => total + of(each), 0);
  return {
    files: ended.flatMap(({ paths }) => paths),
    schools: schools.map(({ academie, uai, name, town }) => ({ academie, uai, name, town })),
    pupils,
    guardians: sum(({ guardians }) => guardians),
    staff: sum(({ staff }) => staff),
  };
}
