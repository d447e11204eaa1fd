import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  aafFiles,
  aafXml,
  MOTHER,
  PUPIL,
  problemsOf,
  readFiles,
  readPaths,
  SCHOOL,
  TEACHER,
} from './aaf-files.ts';

const latin9 = (text: string) => Buffer.from(text.replaceAll('€', '\xa4').replaceAll('œ', '\xbd'), 'latin1');

describe('AAF complete files', () => {
  it('become entries with establishments named by UAI', async () => {
    const items = await readFiles(aafFiles());
    expect(items).toEqual([
      {
        type: 'establishment',
        at: { file: 'etab.xml', line: 5 },
        academie: '13',
        uai: '0130001A',
        name: 'COLLEGE DES SOURCES, VALMONT',
        kind: 'college',
        classes: ['6EA', '6EB'],
        schoolYear: 2026,
      },
      {
        type: 'pupil',
        at: { file: 'eleve.xml', line: 5 },
        academie: '13',
        source: 'aaf',
        key: '100',
        givenName: 'Lina',
        familyName: 'VALNAC',
        birthName: undefined,
        birthDate: '2015-03-07',
        ine: '100000000AA',
        enrolments: [{ uai: '0130001A', classes: ['6EA'] }],
        relations: [{ guardian: '900', relation: 'mother', rank: 1 }],
      },
      {
        type: 'guardian',
        at: { file: 'rel.xml', line: 5 },
        academie: '13',
        source: 'aaf',
        key: '900',
        givenName: 'Éléonore',
        familyName: 'VALNAC',
        birthName: 'DORMONT',
        mail: 'eleonore.valnac@familles.example',
        phone: '+33639981234',
      },
      {
        type: 'staff',
        at: { file: 'educ.xml', line: 5 },
        academie: '13',
        source: 'aaf',
        key: '500',
        givenName: 'Basile',
        familyName: 'CORLET',
        birthName: undefined,
        mail: 'basile.corlet@academie.example',
        posts: [
          {
            uai: '0130001A',
            profile: 'teacher',
            functions: ['ENS'],
            classes: ['6EA', '6EB'],
            mainClasses: ['6EA'],
          },
        ],
      },
    ]);
  });

  it('are read in ISO-8859-15 where they declare it', async () => {
    const xml = aafXml('PersRelEleve', [{ ...MOTHER, sn: 'CŒURDALŽ'.replace('Œ', 'œ').replace('Ž', '') }], {
      encoding: 'ISO-8859-15',
    });
    const items = await readFiles(aafFiles({ 'rel.xml': latin9(xml) }));
    expect(items).toContainEqual(expect.objectContaining({ givenName: 'Éléonore', familyName: 'CœURDAL' }));
  });

  it('tell "none" from "not spoken of"', async () => {
    const { mail: _, ...silent } = MOTHER;
    const items = await readFiles(
      aafFiles({ 'rel.xml': aafXml('PersRelEleve', [{ ...silent, mobile: [] }]) }),
    );
    expect(items).toContainEqual(expect.objectContaining({ key: '900', mail: undefined, phone: null }));
  });

  it('give a head who also teaches one post for each', async () => {
    const head = { ...TEACHER, ENTPersonFonctions: ['43$DIR$DIRECTION$D0010$CHEF'] };
    const items = await readFiles(aafFiles({ 'educ.xml': aafXml('PersEducNat', [head]) }));
    const posts = items.flatMap((item) => (item.type === 'staff' ? item.posts : []));
    expect(posts.map(({ profile, functions }) => ({ profile, functions }))).toEqual([
      { profile: 'staff', functions: ['DIR'] },
      { profile: 'teacher', functions: [] },
    ]);
  });

  it('keep the same key of two académies apart', async () => {
    const other = '<!-- codeAcademieExport="06" -->';
    const files = Object.fromEntries(
      Object.entries({
        EtabEducNat: { ...SCHOOL, ENTStructureUAI: '0060001B' },
        PersRelEleve: MOTHER,
        Eleve: PUPIL,
      }).map(([category, record]) => [`06-${category}.xml`, aafXml(category, [record], { head: other })]),
    );
    const items = await readFiles({ ...aafFiles(), ...files });
    expect(problemsOf(items)).toEqual([]);
    const pupils = items.flatMap((item) => (item.type === 'pupil' ? [`${item.academie} ${item.key}`] : []));
    expect(pupils.sort()).toEqual(['13 100', '6 100']);
  });

  it('pass over the files of subjects and levels', async () => {
    const items = await readFiles(aafFiles({ 'mef.xml': aafXml('MefEducNat', [{ ENTMEFJointure: '1' }]) }));
    expect(problemsOf(items)).toEqual([]);
    expect(items).toHaveLength(4);
  });
});

describe('a file that cannot be trusted as a whole', () => {
  const refusedAs = async (changes: Record<string, string | Buffer>, reason: string, file: string) => {
    const problems = problemsOf(await readFiles(aafFiles(changes)));
    expect(problems).toContainEqual(expect.objectContaining({ reason, file, effect: 'nothing-applied' }));
    expect(problems[0]?.sentence.length).toBeGreaterThan(10);
  };

  it('is refused wherever it was cut off', async () => {
    const whole = Buffer.from(aafXml('Eleve', [PUPIL]));
    const end = whole.lastIndexOf('>');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: end }), async (length) => {
        const problems = problemsOf(await readFiles(aafFiles({ 'eleve.xml': whole.subarray(0, length) })));
        expect(
          problems.some(({ effect, file }) => effect === 'nothing-applied' && file === 'eleve.xml'),
        ).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('is refused as truncated when it stops inside a record', async () => {
    const whole = aafXml('Eleve', [PUPIL]);
    await refusedAs(
      { 'eleve.xml': whole.slice(0, whole.indexOf('</addRequest>')) },
      'truncated',
      'eleve.xml',
    );
    await refusedAs({ 'eleve.xml': whole.slice(0, whole.indexOf('</ficAlim')) }, 'truncated', 'eleve.xml');
  });

  it('is refused when it is no XML', async () => {
    await refusedAs(
      { 'eleve.xml': aafXml('Eleve', [PUPIL]).replace('</attr>', '</atr>') },
      'not-xml',
      'eleve.xml',
    );
    await refusedAs({ 'eleve.xml': Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]) }, 'not-roster', 'eleve.xml');
    await refusedAs({ 'eleve.xml': '' }, 'empty', 'eleve.xml');
    await refusedAs({ 'eleve.xml': '<html><body/></html>' }, 'not-aaf', 'eleve.xml');
  });

  it('is refused when its encoding is not what it declares', async () => {
    const utf8 = aafXml('PersRelEleve', [MOTHER]);
    await refusedAs({ 'rel.xml': latin9(utf8) }, 'encoding', 'rel.xml');
    await refusedAs({ 'rel.xml': utf8.replace('UTF-8', 'ISO-8859-15') }, 'encoding', 'rel.xml');
    await refusedAs({ 'rel.xml': utf8.replace('UTF-8', 'UTF-7') }, 'encoding', 'rel.xml');
    await refusedAs({ 'rel.xml': Buffer.from(`\uFEFF${utf8}`, 'utf16le') }, 'encoding', 'rel.xml');
  });

  it('is refused when it declares entities, which are never expanded', async () => {
    const laughs = `<!DOCTYPE ficAlimMENESR [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>`;
    const external = '<!DOCTYPE ficAlimMENESR [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
    for (const doctype of [laughs, external]) {
      const xml = aafXml('Eleve', [PUPIL], { doctype }).replace('Lina', '&c;');
      await refusedAs({ 'eleve.xml': xml }, 'entities', 'eleve.xml');
    }
    await refusedAs({ 'eleve.xml': aafXml('Eleve', [PUPIL]).replace('Lina', '&x;') }, 'not-xml', 'eleve.xml');
  });

  it('is refused when one piece of it is endless', async () => {
    const xml = aafXml('Eleve', [PUPIL]);
    await refusedAs({ 'eleve.xml': xml.replace('Lina', 'x'.repeat(2_000_000)) }, 'too-large', 'eleve.xml');
    await refusedAs(
      { 'eleve.xml': xml.replace('<attr', `<attr${' a="b"'.repeat(300_000)}`) },
      'too-large',
      'eleve.xml',
    );
    await refusedAs(
      { 'eleve.xml': xml.replace('<addRequest>', '<addRequest>'.repeat(50)) },
      'not-aaf',
      'eleve.xml',
    );
  });

  it('is refused when it is a delta, or mixes kinds', async () => {
    const delta = aafXml('Eleve', [PUPIL]).replaceAll('addRequest', 'modifyRequest');
    await refusedAs({ 'eleve.xml': delta }, 'delta', 'eleve.xml');
    const mixed = aafXml('Eleve', [PUPIL, { ...PUPIL, ENTPersonJointure: '101' }]);
    const at = mixed.lastIndexOf('Eleve</value></attr></operational');
    await refusedAs({ 'eleve.xml': `${mixed.slice(0, at)}Pers${mixed.slice(at)}` }, 'category', 'eleve.xml');
  });

  it('is refused for a duplicate key, whatever the two records are', async () => {
    await refusedAs({ 'eleve.xml': aafXml('Eleve', [PUPIL, PUPIL]) }, 'duplicate-key', 'eleve.xml');
    await refusedAs(
      { 'educ.xml': aafXml('PersEducNat', [{ ...TEACHER, ENTPersonJointure: '100' }]) },
      'duplicate-key',
      'educ.xml',
    );
    await refusedAs({ 'etab.xml': aafXml('EtabEducNat', [SCHOOL, SCHOOL]) }, 'duplicate-key', 'etab.xml');
  });

  it('is refused for a key that leads nowhere', async () => {
    const pupil = (changes: object) => ({ 'eleve.xml': aafXml('Eleve', [{ ...PUPIL, ...changes }]) });
    await refusedAs(pupil({ ENTElevePersRelEleve: '901$10$1$1$1$0' }), 'dangling-guardian', 'eleve.xml');
    await refusedAs(pupil({ ENTPersonStructRattach: '44' }), 'dangling-establishment', 'eleve.xml');
    await refusedAs(pupil({ ENTEleveClasses: '43$6EZ' }), 'dangling-class', 'eleve.xml');
    await refusedAs({ 'etab.xml': aafXml('MefEducNat', [{}]) }, 'no-establishments', 'educ.xml');
  });

  it('is refused when the académie cannot be told', async () => {
    const silent = { head: '' };
    await refusedAs(
      {
        'etab.xml': aafXml('EtabEducNat', [SCHOOL], silent),
        'rel.xml': aafXml('PersRelEleve', [MOTHER], silent),
        'eleve.xml': aafXml('Eleve', [PUPIL], silent),
        'educ.xml': aafXml('PersEducNat', [TEACHER], silent),
      },
      'academie',
      'etab.xml',
    );
    const endless = { ...SCHOOL, ENTServAcAcademie: 'A'.repeat(3000) };
    await refusedAs(
      {
        'etab.xml': aafXml('EtabEducNat', [endless], silent),
        'rel.xml': '',
        'eleve.xml': '',
        'educ.xml': '',
      },
      'academie',
      'etab.xml',
    );
  });

  it('is refused when it does not exist', async () => {
    const items = await readPaths(['/nowhere/eleve.xml']);
    expect(problemsOf(items)).toMatchObject([{ reason: 'unreadable', file: 'eleve.xml' }]);
  });
});

describe('a record that cannot be read', () => {
  it('is refused alone, with its line, and its person is said to be there', async () => {
    const wrong = { ...PUPIL, ENTPersonJointure: '101', ENTPersonDateNaissance: '31/02/2015' };
    const items = await readFiles(aafFiles({ 'eleve.xml': aafXml('Eleve', [PUPIL, wrong]) }));
    expect(problemsOf(items)).toMatchObject([
      { file: 'eleve.xml', line: 19, reason: 'birth-date', effect: 'record-refused' },
    ]);
    expect(items).toContainEqual({ type: 'refused', academie: '13', source: 'aaf', key: '101' });
    expect(items.filter(({ type }) => type === 'pupil')).toHaveLength(1);
  });

  it('loses only the value when a mail or a number cannot be one', async () => {
    const items = await readFiles(
      aafFiles({ 'rel.xml': aafXml('PersRelEleve', [{ ...MOTHER, mail: 'néant', mobile: '12' }]) }),
    );
    expect(problemsOf(items).map(({ reason, effect }) => `${reason} ${effect}`)).toEqual([
      'mail value-ignored',
      'phone value-ignored',
    ]);
    expect(items).toContainEqual(expect.objectContaining({ key: '900', mail: undefined, phone: undefined }));
  });
});

describe('the fields that are read', () => {
  const FORBIDDEN = [
    'ENTPersonAdresse',
    'ENTPersonCodePostal',
    'ENTPersonVille',
    'ENTPersonPays',
    'ENTEleveBoursier',
    'ENTEleveRegime',
    'ENTEleveTransport',
    'homePhone',
    'ENTEleveQualitePersRelEleve1',
    'ENTPersonAutresPrenoms',
    'ENTEleveStatutEleve',
  ];

  it('never include an address, scholarship, transport or finance', async () => {
    const secret = fc.string({ minLength: 12, maxLength: 30, unit: fc.constantFrom(...'QXZJKWqxzjkw') });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...FORBIDDEN), secret), async (extra) => {
        const items = await readFiles(
          aafFiles({
            'eleve.xml': aafXml('Eleve', [{ ...extra, ...PUPIL }]),
            'rel.xml': aafXml('PersRelEleve', [{ ...extra, ...MOTHER }]),
            'educ.xml': aafXml('PersEducNat', [{ ...extra, ...TEACHER }]),
          }),
        );
        expect(problemsOf(items)).toEqual([]);
        const all = JSON.stringify(items);
        for (const value of Object.values(extra)) expect(all).not.toContain(value);
      }),
      { numRuns: 40 },
    );
  });

  it('never include who pays, which stands inside a relation', async () => {
    const items = await readFiles(aafFiles());
    const relations = items.flatMap((item) => (item.type === 'pupil' ? item.relations : []));
    expect(Object.keys(relations[0] ?? {}).sort()).toEqual(['guardian', 'rank', 'relation']);
  });
});
