import type { EstablishmentEntry } from '../entry.ts';
import { KeysSeen } from '../keys.ts';
import { problem } from '../problem.ts';
import type { RecordReading } from '../record-reading.ts';
import type { RawEstablishment } from './entries.ts';

interface Known {
  uai: string;
  classes: ReadonlySet<string>;
}

/** The establishments of a delivery by académie and structure key, for the records that name them so. */
export class Structures {
  readonly #known = new Map<string, Known>();
  readonly #academies = new Set<string>();
  readonly #seen = new KeysSeen();

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  get onlyAcademie(): string | undefined {
    return this.#academies.size === 1 ? [...this.#academies][0] : undefined;
  }

  add({ structure, ...entry }: RawEstablishment, reading: RecordReading): EstablishmentEntry {
    this.#academies.add(entry.academie);
    for (const key of [`${entry.academie} ${structure}`, entry.uai]) {
      const former = key.trim() && this.#seen.add(key, reading.at);
      if (former) {
        const detail = `line ${former.line} of ${former.file}`;
        reading.problems.push(problem(reading.at, 'duplicate-key', 'nothing-applied', detail));
      }
    }
    this.#known.set(`${entry.academie} ${structure}`, { uai: entry.uai, classes: new Set(entry.classes) });
    return entry;
  }

  resolve<T extends { structure: string; classes: string[] }>(
    academie: string,
    places: readonly T[],
    reading: RecordReading,
  ): (Omit<T, 'structure'> & { uai: string })[] {
    const resolved = [];
    for (const { structure, ...place } of places) {
      const known = this.#known.get(`${academie} ${structure}`);
      if (!known) reading.note('dangling-establishment', 'nothing-applied');
      else if (place.classes.some((code) => !known.classes.has(code)))
        reading.note('dangling-class', 'nothing-applied');
      else resolved.push({ ...place, uai: known.uai });
    }
    return resolved;
  }
}
