import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Attributes, aafFiles, aafXml, readFiles, SCHOOL } from './aaf-files.ts';
import { BY, type RosterWorld, rosterWorld } from './world.ts';

let world: RosterWorld;
beforeEach(async () => {
  world = await rosterWorld();
});
afterEach(() => world.close());

const saying = (mail: Attributes) =>
  aafFiles({ 'etab.xml': aafXml('EtabEducNat', [{ ...SCHOOL, ...mail }]) });
const MAIL = { ENTStructureMailSI: 'CE.0130001A@academie.example' };

async function mail(): Promise<string | null> {
  const { mail: known } = await world.db
    .selectFrom('establishments')
    .select('mail')
    .executeTakeFirstOrThrow();
  return known;
}

describe('the address of a school', () => {
  it('comes with its establishment, and stays where a delivery does not speak of it', async () => {
    await world.imported(saying(MAIL));
    expect(await mail()).toBe('ce.0130001a@academie.example');
    const again = await world.imported(aafFiles());
    expect(again.counts.establishments).toBe(0);
    expect(await mail()).toBe('ce.0130001a@academie.example');
  });

  it('goes where a delivery says that there is none, and comes back with an undo', async () => {
    await world.imported(saying(MAIL));
    const emptied = await world.imported(saying({ ENTStructureMailSI: [] }));
    expect(emptied.counts.establishments).toBe(1);
    expect(await mail()).toBeNull();
    expect(await world.undo({ id: emptied.id, by: BY })).toMatchObject({ outcome: 'undone' });
    expect(await mail()).toBe('ce.0130001a@academie.example');
  });

  it('is as a later delivery says, whichever plan before it is undone; so is the name', async () => {
    const named = (name: string, more: Attributes = {}) =>
      saying({ ENTStructureNomCourant: `COLLEGE$${name}$VALMONT`, ...more });
    const school = () =>
      world.db.selectFrom('establishments').select(['name', 'mail']).executeTakeFirstOrThrow();
    await world.imported(saying(MAIL));
    const renamed = await world.imported(named('DES CIMES'));
    const other = { ENTStructureMailSI: 'autre@academie.example' };
    const moved = await world.imported(named('DES CIMES', other));
    await world.undo({ id: renamed.id, by: BY });
    expect(await school()).toEqual({ name: 'COLLEGE DES SOURCES, VALMONT', mail: 'autre@academie.example' });
    await world.imported(named('DES LACS', other));
    await world.undo({ id: moved.id, by: BY });
    expect(await school()).toEqual({ name: 'COLLEGE DES LACS, VALMONT', mail: 'autre@academie.example' });
  });

  it('is left out where it can be none', async () => {
    const items = await readFiles(saying({ ENTStructureMailSI: 'ce.0130001a' }));
    expect(items).toContainEqual(expect.objectContaining({ reason: 'mail', effect: 'value-ignored' }));
    await world.imported(saying({ ENTStructureMailSI: 'ce.0130001a' }));
    expect(await mail()).toBeNull();
  });
});
