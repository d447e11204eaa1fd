import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Category } from '../rules.ts';

export type Attributes = readonly (readonly [name: string, values: string | readonly string[]])[];

/** One complete AAF file, written as it comes. */
export class AafWriter {
  readonly path: string;
  readonly #stream: WriteStream;
  readonly #category: Category;
  #pending: string;

  constructor(given: { dir: string; academie: string; category: Category; date: string }) {
    const { dir, academie, category, date } = given;
    this.path = join(dir, `PREAU-${academie}_Complet_${date.replaceAll('-', '')}_${category}_0000.xml`);
    this.#stream = createWriteStream(this.path, { flags: 'w' });
    this.#category = category;
    this.#pending = headOf(academie, date);
  }

  async write(id: string, attributes: Attributes): Promise<void> {
    const kind = this.#category === 'EtabEducNat' ? 'categorieStructure' : 'categoriePersonne';
    const lines = attributes.map(([name, values]) =>
      attribute(name, typeof values === 'string' ? [values] : values),
    );
    this.#pending += `<addRequest>
<operationalAttributes>${attribute(kind, [this.#category])}</operationalAttributes>
<identifier><id>${escapeXml(id)}</id></identifier>
<attributes>
${lines.join('\n')}
</attributes>
</addRequest>
`;
    if (this.#pending.length > 1 << 16) await this.#flush();
  }

  async end(): Promise<void> {
    this.#pending += '</ficAlimMENESR>\n';
    await this.#flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  async #flush(): Promise<void> {
    const isAccepted = this.#stream.write(this.#pending);
    this.#pending = '';
    if (!isAccepted) await once(this.#stream, 'drain');
  }
}

function headOf(academie: string, date: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd">
<ficAlimMENESR>
<!-- versionAF="AAF-VE2407" versionSDET="Annexe 4bis version 6.4" -->
<!-- codeAcademieExport="${academie}" degre="2D" dateGenerationExport="${date.split('-').reverse().join('/')}" -->
`;
}

function attribute(name: string, values: readonly string[]): string {
  const inside =
    values.length === 0 ? '<value/>' : values.map((value) => `<value>${escapeXml(value)}</value>`).join('');
  return `<attr name="${name}">${inside}</attr>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
