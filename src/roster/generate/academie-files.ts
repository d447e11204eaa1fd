import { AafWriter } from './aaf-writer.ts';
import type { Adult, Child, ChildRelation } from './households.ts';
import type { School } from './schools.ts';
import type { StaffMember } from './staff.ts';

/** The four files of one académie, whose keys mean nothing in another. */
export class AcademieFiles {
  readonly #academie: string;
  readonly #establishments: AafWriter;
  readonly #guardians: AafWriter;
  readonly #pupils: AafWriter;
  readonly #staff: AafWriter;
  readonly #counts = { guardians: 0, staff: 0 };
  #key = 2_000_000;

  constructor(given: { dir: string; academie: string; date: string }) {
    this.#academie = given.academie;
    this.#establishments = new AafWriter({ ...given, category: 'EtabEducNat' });
    this.#guardians = new AafWriter({ ...given, category: 'PersRelEleve' });
    this.#pupils = new AafWriter({ ...given, category: 'Eleve' });
    this.#staff = new AafWriter({ ...given, category: 'PersEducNat' });
  }

  async addSchool(school: School): Promise<void> {
    await this.#establishments.write(school.key, [
      ['ENTStructureJointure', school.key],
      ['ENTStructureUAI', school.uai],
      ['ENTEtablissementUAI', school.uai],
      ['ENTStructureNomCourant', `${school.type}$${school.name}$${school.town}`],
      ['ENTStructureTypeStruct', school.type],
      ['ENTStructureCodeTypeStruct', school.type === 'COLLEGE' ? '340' : '300'],
      ['ENTEtablissementContrat', 'PU'],
      ['street', '1 RUE DES ECOLES'],
      ['l', school.town],
      ['ENTStructureMailSI', `ce.${school.uai.toLowerCase()}@academie.example`],
      ['ENTServAcAcademie', `ACADEMIE ${this.#academie}`],
      ['ENTStructureClasses', school.classes.map(({ code }) => `${code}$${code}$`)],
      ['ENTStructureGroupes', []],
    ]);
  }

  /** Children of this académie who share their adults; the adults get one key here. */
  async addHousehold(children: readonly Child[]): Promise<void> {
    const keys = new Map<Adult, string>();
    for (const { adult } of children.flatMap(({ relations }) => relations)) {
      if (keys.has(adult)) continue;
      keys.set(adult, this.#nextKey());
      await this.#addGuardian(keys.get(adult) ?? '', adult);
    }
    for (const child of children) await this.#addPupil(child, (adult) => keys.get(adult) ?? '');
  }

  async #addGuardian(key: string, adult: Adult): Promise<void> {
    this.#counts.guardians += 1;
    await this.#guardians.write(key, [
      ['ENTPersonJointure', key],
      ['ENTPersonDateNaissance', []],
      ['ENTPersonNomPatro', adult.birthName],
      ['sn', adult.familyName],
      ['givenName', adult.givenName],
      ['mobile', adult.mobile || []],
      ['mail', adult.mail || []],
      ['ENTPersonAdresse', '12 RUE INVENTEE$$$'],
      ['ENTPersonCodePostal', '00000'],
      ['ENTPersonVille', 'NULLE PART'],
    ]);
  }

  async #addPupil(child: Child, keyOf: (adult: Adult) => string): Promise<void> {
    const key = this.#nextKey();
    const relation = ({ adult, lien, rank }: ChildRelation) =>
      `${keyOf(adult)}$${lien}$${rank === 1 ? 1 : 0}$${rank}$1$0`;
    await this.#pupils.write(key, [
      ['ENTPersonJointure', key],
      ['ENTEleveINE', `${key.padStart(9, '0')}ZZ`],
      ['ENTPersonDateNaissance', child.birthDate.split('-').reverse().join('/')],
      ['ENTPersonNomPatro', child.familyName],
      ['sn', child.familyName],
      ['givenName', child.givenName],
      ['ENTElevePersRelEleve', child.relations.map(relation)],
      ['ENTPersonStructRattach', child.school.key],
      ['ENTEleveClasses', `${child.school.key}$${child.classCode}`],
      ['ENTEleveBoursier', 'N'],
      ['ENTEleveRegime', "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT"],
      ['ENTEleveTransport', 'N'],
      ['ENTPersonAdresse', '12 RUE INVENTEE$$$'],
      ['ENTPersonVille', 'NULLE PART'],
    ]);
  }

  async addStaff(member: StaffMember): Promise<void> {
    const key = this.#nextKey();
    this.#counts.staff += 1;
    await this.#staff.write(key, [
      ['ENTPersonJointure', key],
      ['ENTPersonDateNaissance', '01/01/1980'],
      ['ENTPersonNomPatro', member.birthName],
      ['sn', member.familyName],
      ['givenName', member.givenName],
      ['mail', member.mail],
      ['ENTPersonStructRattach', member.functions.map((value) => value.split('$', 1)[0] ?? '')],
      ['ENTPersonFonctions', member.functions],
      ['ENTAuxEnsClassesMatieres', member.classes],
      ['ENTAuxEnsClassesPrincipal', member.mainClasses],
      ['PersEducNatPresenceDevantEleves', member.facesPupils ? 'O' : 'N'],
    ]);
  }

  async end() {
    const writers = [this.#establishments, this.#guardians, this.#pupils, this.#staff];
    for (const writer of writers) await writer.end();
    return { paths: writers.map(({ path }) => path), ...this.#counts };
  }

  #nextKey(): string {
    this.#key += 1;
    return String(this.#key);
  }
}
