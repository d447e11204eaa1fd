import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCsv } from '../../src/roster/csv/rows.ts';
import { problemsOf, readFiles } from './aaf-files.ts';

const HEADER =
  'profile;key;family_name;given_name;birth_date;mail;mobile;uai;establishment;academie;classes;children';
const SCHOOL = '0130001A;Collège des Sources;13';
const LINA = `pupil;P1;Valnac;Lina;2015-03-07;;;${SCHOOL};6EA;`;
const MOTHER = 'guardian;G1;Valnac;Éléonore;;e.valnac@familles.example;0639981234;;;13;;P1:1:mother';
const csv = (...lines: string[]) => ({ 'school.csv': [HEADER, ...lines].join('\r\n') });

const anyCell = fc.string({ unit: fc.constantFrom(...'aé";,\n\r |x'), maxLength: 12 });
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

describe('CSV rows', () => {
  it('come back as they were written, whatever they hold', () => {
    const table = fc.array(fc.tuple(anyCell, anyCell, anyCell), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(table, fc.constantFrom(';', ','), fc.constantFrom('\n', '\r\n'), (rows, separator, end) => {
        const header = ['a', 'b', 'c'].join(separator);
        const text = [header, ...rows.map((row) => row.map(quoted).join(separator))].join(end);
        expect([...parseCsv(text)].slice(1).map(({ fields }) => fields)).toEqual(rows);
      }),
    );
  });

  it('know their line when a field spans several', () => {
    expect([...parseCsv('a;b\n"x\ny";1\nz;2')].map(({ line }) => line)).toEqual([1, 2, 4]);
  });

  it('never hang or crash on hostile text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a";,\n\r'), maxLength: 40 }), (text) => {
        try {
          for (const { fields } of parseCsv(text)) expect(fields.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ reason: 'csv-quotes' });
        }
      }),
    );
  });
});

describe('a CSV roster', () => {
  it('becomes entries, the children of guardians turned into relations of pupils', async () => {
    const items = await readFiles(
      csv(MOTHER, LINA, `enseignant;T1;Corlet;Basile;;b@academie.example;;${SCHOOL};6EA|6EB;`),
    );
    expect(items).toMatchObject([
      {
        type: 'establishment',
        uai: '0130001A',
        name: 'Collège des Sources',
        academie: '13',
        classes: ['6EA', '6EB'],
      },
      {
        type: 'pupil',
        key: 'P1',
        birthDate: '2015-03-07',
        enrolments: [{ uai: '0130001A', classes: ['6EA'] }],
        relations: [{ guardian: 'G1', relation: 'mother', rank: 1 }],
      },
      { type: 'guardian', key: 'G1', phone: '+33639981234', mail: 'e.valnac@familles.example' },
      { type: 'staff', key: 'T1', posts: [{ profile: 'teacher', classes: ['6EA', '6EB'] }] },
    ]);
  });

  it('is read with French headers, commas and a byte order mark', async () => {
    const text =
      '\uFEFFProfil,Clé,Nom,Prénom,Date de naissance,UAI,Établissement,Académie,Classe\n"élève",P1,Valnac,Lina,07/03/2015,0130001A,"Collège, annexe",13,6EA\n';
    const items = await readFiles({ 'école.csv': text });
    expect(items).toMatchObject([
      { type: 'establishment', name: 'Collège, annexe' },
      { type: 'pupil', birthDate: '2015-03-07', givenName: 'Lina' },
    ]);
  });

  it('puts several lines of one person together', async () => {
    const items = await readFiles(
      csv(
        LINA,
        'pupil;P1;Valnac;Lina;2015-03-07;;;0130002B;Conservatoire;13;M1;',
        `teacher;G1;Valnac;Éléonore;;;;${SCHOOL};6EA;`,
        MOTHER,
      ),
    );
    expect(problemsOf(items)).toEqual([]);
    const pupil = items.find((item) => item.type === 'pupil');
    expect(pupil?.enrolments.map(({ uai }) => uai)).toEqual(['0130001A', '0130002B']);
    expect(items.filter((item) => 'key' in item && item.key === 'G1').map(({ type }) => type)).toEqual([
      'guardian',
      'staff',
    ]);
  });

  it('never looks at a column of another name', async () => {
    const items = await readFiles({
      'school.csv': `${HEADER};adresse;bourse\n${LINA};12 rue Zyxwvut;échelon Zyxwvut\n`,
    });
    expect(items).toHaveLength(2);
    expect(JSON.stringify(items)).not.toContain('Zyxwvut');
  });

  it.each([
    ['a duplicate key', csv(LINA, LINA), 'duplicate-key', 3],
    [
      'one key for two people',
      csv(LINA, LINA.replace('Lina', 'Tom').replace('0130001A', '0130002B')),
      'duplicate-key',
      3,
    ],
    ['a child who is nowhere', csv(MOTHER), 'dangling-child', 2],
    ['an unclosed quote', csv(LINA.replace('Valnac', '"Valnac')), 'csv-quotes', 2],
    ['too few fields', csv('pupil;P1'), 'csv-width', 2],
    ['a missing column', { 'school.csv': 'profile;key\npupil;P1' }, 'header', 1],
    ['a wrong UAI', csv(LINA.replace('0130001A', '13')), 'uai', 2],
    ['an unknown profile', csv(LINA.replace('pupil', 'alien')), 'profile', 2],
    ['a school of two names', csv(LINA, `staff;S1;Doret;Hugo;;;;0130001A;Autre;13;;`), 'contradiction', 3],
    ['Latin-1', { 'school.csv': Buffer.from([HEADER, MOTHER].join('\n'), 'latin1') }, 'encoding', 1],
    ['some other text', { 'school.csv': 'bonjour' }, 'not-roster', 1],
  ] as const)('is refused whole for %s', async (_, files, reason, line) => {
    const problems = problemsOf(await readFiles(files));
    expect(problems).toContainEqual(expect.objectContaining({ reason, line, effect: 'nothing-applied' }));
  });

  it('loses one record only for a function that cannot be read, wherever it comes from', async () => {
    const head = (code: string) => ({
      'school.csv': `${HEADER};functions\n${LINA};${'\n'.repeat(600)}staff;S1;Doret;Hugo;;;;${SCHOOL};;;${code}\n`,
    });
    expect(problemsOf(await readFiles(head('D\0IR')))).toMatchObject([
      { reason: 'function', line: 602, effect: 'record-refused' },
    ]);
    const items = await readFiles(head('dir|conseiller principal d’éducation'));
    expect(items).toContainEqual(
      expect.objectContaining({
        key: 'S1',
        posts: [expect.objectContaining({ functions: ['DIR', 'CONSEILLER PRINCIPAL'] })],
      }),
    );
  });

  it('loses one record only for a bad birth date', async () => {
    const items = await readFiles(
      csv(LINA.replace('2015-03-07', '2015-13-07'), LINA.replace('P1', 'P2'), MOTHER),
    );
    expect(problemsOf(items)).toMatchObject([{ reason: 'birth-date', line: 2, effect: 'record-refused' }]);
    expect(items).toContainEqual({ type: 'refused', academie: '13', source: 'csv', key: 'P1' });
    expect(items).toContainEqual(expect.objectContaining({ type: 'pupil', key: 'P2' }));
  });
});
