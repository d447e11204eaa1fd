/**
 * Makes config/words/common-passwords.txt: node scripts/common-passwords.ts LIST…
 * Each LIST is a file with one password a line or a JSON array, the most common first. See config/words/README.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const MOST_SHORT_ONES = 10_000;
const SHORTEST = 4;
const POLICY_LENGTH = 12;

const ROWS = ['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'azertyuiop', 'qsdfghjklm', 'wxcvbn'];

const FRENCH_WORDS = `motdepasse bonjour azerty soleil doudou chouchou loulou nicolas marseille jetaime camille chocolat
  coucou vacances bisous amour maison famille princesse papillon licorne poupette bienvenue monamour jardin secret ecole
  college lycee pronote educonnect eleve professeur parents parisien football rugby equipe france paris lyon toulouse
  bordeaux nantes strasbourg montpellier lille rennes bretagne alsace corse nutella pokemon minecraft fortnite roblox
  youtube tiktok snapchat instagram vendredi samedi dimanche janvier fevrier avril juillet aout septembre octobre
  novembre decembre printemps automne orange citron fraise cerise banane chaton cheval lapin tortue dauphin panda`;

const PHRASES = `jaimelecole jedetestelecole jetaimemonamour monmotdepasse motdepasse123 lemotdepasse bonjourtoutlemonde
  jesaispas jenesaispas jenesaispasquoi jaioubliemonmotdepasse cestmonmotdepasse vivelesvacances jaimelechocolat
  jaimemafamille papamaman mamanpapa papaetmaman mamanetpapa onceuponatime ilovemyfamily iloveyousomuch mypassword
  thisismypassword letmeinplease changemeplease passwordpassword correcthorsebatterystaple liberteegalitefraternite
  allezlesbleus allezlom parissaintgermain olympiquedemarseille olympiquelyonnais espacenumerique environnementnumerique
  espacenumeriquedetravail administrateur administrator utilisateur`;

const given = process.argv.slice(2).map((file) => readList(file).filter(isWorthKeeping).map(fold));
const words = FRENCH_WORDS.split(/\s+/);
const top = [...new Set([...given.flatMap((list) => list.slice(0, 40)), ...words.slice(0, 20)])];
const all = new Set([
  ...given.flat(),
  ...words,
  ...PHRASES.split(/\s+/),
  ...walks(),
  ...top.flatMap((one) => top.map((other) => one + other)).filter((pair) => pair.length >= POLICY_LENGTH),
]);
const kept = [...all].filter((word) => word.length >= SHORTEST && /^[\x21-\x7e]+$/.test(word)).sort();
writeFileSync(new URL('../config/words/common-passwords.txt', import.meta.url), `${kept.join('\n')}\n`);
console.log(
  `${kept.length} in all, ${kept.filter((word) => word.length >= POLICY_LENGTH).length} of policy length`,
);

function readList(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return file.endsWith('.json') ? (JSON.parse(text) as string[]) : text.split('\n');
}

/** Everything long enough to be chosen, and the short ones people decorate. */
function isWorthKeeping(word: string, rank: number): boolean {
  return word.length >= POLICY_LENGTH || rank < MOST_SHORT_ONES;
}

/** As src/accounts/password-rules.ts folds what is typed. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
}

/** Along the rows and down the columns of both keyboards, forwards and back, one after the other. */
function walks(): string[] {
  const columns = [...columnsOf(['1234567890', 'qwertyuiop', 'asdfghjkl;', 'zxcvbnm,./'])];
  columns.push(...columnsOf(['1234567890', 'azertyuiop', 'qsdfghjklm', 'wxcvbn,;:!']));
  const lines = [...ROWS, ...ROWS.map(reverse)];
  const joined = lines.flatMap((one) => lines.map((other) => one + other));
  const prefixes = joined.flatMap((walk) => [...walk].map((_, end) => walk.slice(0, end + 1)));
  const downs = columns.flatMap((_, start) =>
    [3, 4, 5].map((count) => columns.slice(start, start + count).join('')),
  );
  return [...prefixes, ...downs, ...downs.map(reverse)].filter((walk) => walk.length >= 6);
}

function columnsOf(rows: readonly string[]): string[] {
  const width = Math.min(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => rows.map((row) => row.charAt(column)).join(''));
}

function reverse(text: string): string {
  return [...text].reverse().join('');
}
