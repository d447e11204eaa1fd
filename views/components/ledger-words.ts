import type { Page } from '../../src/http/render.ts';

/** What staff may have seen, in the order of a record. Others are « autre chose »: their names are for machines. */
const SPOKEN = [
  ...['name', 'given_name', 'family_name', 'birthdate', 'profiles', 'establishments', 'username'],
  ...['account_state', 'locks', 'distributions', 'second_factors', 'recent_sign_ins', 'readers', 'contacts'],
  ...['guardians', 'child_of', 'rights', 'activation_code'],
];

/** « Nom, classe, état du compte » */
export function fieldWords({ t }: Pick<Page, 't'>, fields: readonly string[]): string {
  const isOneName = fields.includes('name');
  const known = SPOKEN.filter((field) => fields.includes(field)).filter(
    (field) => !(isOneName && /^(given|family)_name$/.test(field)),
  );
  const words = known.map((field) => t(`reading.field_${field}`));
  const isMore = fields.some((field) => !SPOKEN.includes(field));
  return [...words, ...(isMore ? [t('reading.field_other')] : [])].join(', ');
}

/** As whom: of a role that this version does not know, nothing but that it was staff. */
export function roleWords({ t }: Pick<Page, 't'>, role: string | undefined): string {
  const known = role !== undefined && ROLES.includes(role);
  return known ? t(`reading.role_${role}`) : t('reading.role_staff');
}

const ROLES = ['head', 'distributor', 'teacher', 'academie-officer', 'national-officer', 'auditor'];
