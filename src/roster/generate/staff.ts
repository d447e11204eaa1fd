import { familyName, givenName, mailOf } from './names.ts';
import type { SeededRandom } from './random.ts';
import type { School } from './schools.ts';

export interface StaffMember {
  givenName: string;
  familyName: string;
  birthName: string;
  mail: string;
  /** ENTPersonFonctions */
  functions: string[];
  /** ENTAuxEnsClassesMatieres */
  classes: string[];
  /** ENTAuxEnsClassesPrincipal */
  mainClasses: string[];
  facesPupils: boolean;
}

const OFFICE = [
  "DIR$DIRECTION$D0010$CHEF D'ETABLISSEMENT",
  "DIR$DIRECTION$D0011$CHEF D'ETABLISSEMENT ADJOINT",
  "EDU$EDUCATION$E0030$CONSEILLER PRINCIPAL D'EDUCATION",
  "AED$ASSISTANT D'EDUCATION$A0010$SURVEILLANCE",
  'ADF$ADMINISTRATION$A0020$SECRETARIAT',
];
const SUBJECTS = [
  '0100$MATHEMATIQUES',
  '0200$LETTRES',
  '0300$ANGLAIS',
  '0400$HISTOIRE-GEO',
  '0500$EPS',
  '0600$SVT',
];
const PUPILS_PER_TEACHER = 14;
const PUPILS_PER_CLASS = 26;

/** Head, deputy, office, librarian, and enough teachers for every class to have one of its own. */
export function* makeStaff(
  school: School,
  schools: readonly School[],
  random: SeededRandom,
): Generator<StaffMember> {
  for (const post of OFFICE) yield { ...person(random), ...NO_CLASS, functions: [`${school.key}$${post}`] };
  yield {
    ...person(random),
    ...NO_CLASS,
    functions: [`${school.key}$DOC$DOCUMENTATION$L0080$DOCUMENTATION`],
  };
  const count = Math.max(3, Math.round((school.classes.length * PUPILS_PER_CLASS) / PUPILS_PER_TEACHER));
  const others = schools.filter((other) => other !== school && other.academie === school.academie);
  for (let index = 0; index < count; index += 1) yield makeTeacher({ school, others, index }, random);
}

const NO_CLASS = { classes: [], mainClasses: [], facesPupils: false };

function makeTeacher(
  given: { school: School; others: School[]; index: number },
  random: SeededRandom,
): StaffMember {
  const { school, others, index } = given;
  const subject = random.pick(SUBJECTS);
  const [code = '', label = ''] = subject.split('$');
  const at = others.length > 0 && random.chance(0.05) ? [school, random.pick(others)] : [school];
  const own = school.classes[index];
  const taught = at.flatMap((place) => someClasses(place, random));
  if (own) taught.push(`${school.key}$${own.code}`);
  return {
    ...person(random),
    functions: at.map(({ key }) => `${key}$ENS$ENSEIGNEMENT$L${code}$${label}`),
    classes: [...new Set(taught)].map((place) => `${place}$${label}`),
    mainClasses: own ? [`${school.key}$${own.code}`] : [],
    facesPupils: true,
  };
}

function someClasses(school: School, random: SeededRandom): string[] {
  return Array.from(
    { length: 2 + random.below(3) },
    () => `${school.key}$${random.pick(school.classes).code}`,
  );
}

function person(random: SeededRandom) {
  const first = givenName(random);
  const birthName = familyName(random);
  const name = random.chance(0.3) ? familyName(random) : birthName;
  const mail = mailOf(first, name, random.below(1000), 'academie.example');
  return { givenName: first, familyName: name, birthName, mail };
}
