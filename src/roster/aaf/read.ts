import { basename } from 'node:path';
import type { RosterEntry, RosterItem } from '../entry.ts';
import { guarded } from '../guarded.ts';
import { KeysSeen } from '../keys.ts';
import { type Problem, problem } from '../problem.ts';
import { RecordReading } from '../record-reading.ts';
import type { Category, RosterRules } from '../rules.ts';
import { schoolYearOf } from '../school-year.ts';
import { parseLabel } from '../values.ts';
import { readEstablishment, readGuardian, readPupil, readStaff } from './entries.ts';
import type { AafFile } from './files.ts';
import { type AafRecord, readRecords } from './records.ts';
import { Structures } from './structures.ts';

/** Establishments before all that name them; guardians after the pupils whose relations say what they are. */
const ORDER: readonly Category[] = ['EtabEducNat', 'Eleve', 'PersRelEleve', 'PersEducNat'];

/** One académie's or several académies' complete AAF files → entries and what is wrong with them. */
export async function* readAaf(files: readonly AafFile[], rules: RosterRules): AsyncGenerator<RosterItem> {
  const delivery = new Delivery(files);
  for (const category of ORDER) {
    for (const file of files.filter((candidate) => candidate.category === category)) {
      yield* guarded(file.path, readFile(file, delivery, rules));
    }
    if (category === 'EtabEducNat' && delivery.structures.isEmpty) {
      return yield problem({ file: basename(files[0]?.path ?? ''), line: 1 }, 'no-establishments');
    }
    if (category === 'PersRelEleve') yield* delivery.danglingGuardians();
  }
}

async function* readFile(file: AafFile, delivery: Delivery, rules: RosterRules): AsyncGenerator<RosterItem> {
  const name = basename(file.path);
  for await (const record of readRecords(file.path, rules)) {
    const at = { file: name, line: record.line };
    if (record.category !== file.category) return yield problem(at, 'category');
    const academie = delivery.academieOf(file, record);
    if (!academie) return yield problem(at, 'academie');
    const reading = new RecordReading(at, (attribute) => record.values.get(attribute));
    const entry = delivery.read(file, reading, academie);
    yield* reading.outcome(entry);
  }
}

/** What the records of one delivery know of each other. Keys are unique per académie, whatever the category. */
class Delivery {
  readonly structures = new Structures();
  readonly #keys = new KeysSeen();
  readonly #named = new KeysSeen();
  readonly #codes: Set<string>;

  constructor(files: readonly AafFile[]) {
    this.#codes = new Set(files.flatMap(({ academie }) => academie ?? []));
  }

  /** The file's own word; without it the only code of the delivery, or the only académie its establishments name. */
  academieOf(file: AafFile, record: AafRecord): string | undefined {
    if (file.academie) return file.academie;
    if (this.#codes.size > 0) return this.#codes.size === 1 ? [...this.#codes][0] : undefined;
    if (file.category === 'EtabEducNat') return parseLabel(record.values.get('ENTServAcAcademie')?.[0] ?? '');
    return this.structures.onlyAcademie;
  }

  /** What is wrong is noted on the reading. */
  read(file: AafFile, reading: RecordReading, academie: string): RosterEntry {
    const { category, generatedOn } = file;
    const schoolYear = generatedOn ? schoolYearOf(generatedOn) : undefined;
    if (category === 'EtabEducNat') {
      return this.structures.add({ ...readEstablishment(reading, academie), schoolYear }, reading);
    }
    if (category === 'PersRelEleve') return this.#claimed(readGuardian(reading, academie), reading);
    if (category === 'Eleve') {
      const pupil = this.#claimed(readPupil(reading, academie), reading);
      for (const { guardian } of pupil.relations) this.#named.add(`${academie} ${guardian}`, reading.at);
      return { ...pupil, enrolments: this.structures.resolve(academie, pupil.enrolments, reading) };
    }
    const staff = this.#claimed(readStaff(reading, academie), reading);
    return { ...staff, posts: this.structures.resolve(academie, staff.posts, reading) };
  }

  #claimed<T extends { academie: string; key: string }>(entry: T, reading: RecordReading): T {
    if (!entry.key) return entry;
    const former = this.#keys.add(`${entry.academie} ${entry.key}`, reading.at);
    if (former)
      reading.problems.push(
        problem(reading.at, 'duplicate-key', undefined, `line ${former.line} of ${former.file}`),
      );
    return entry;
  }

  /** Those the pupils named and no file brought. */
  danglingGuardians(): Problem[] {
    return this.#named.missingFrom(this.#keys).map((at) => problem(at, 'dangling-guardian'));
  }
}
