import type { Page } from '../../src/http/render.ts';
import type { Layout } from '../layout.ts';

/** The head of every page of somebody who is signed in. */
export function ownNavigation(
  { t }: Page,
  { name, current }: { name: string; current: string },
): Pick<Layout, 'nav' | 'person'> {
  const items = [
    { href: '/', label: t('my-account.nav_home') },
    { href: '/account', label: t('my-account.nav_account') },
  ];
  return {
    nav: items.map((item) => ({ ...item, current: item.href === current })),
    person: { name, signOut: '/account/sign-out' },
  };
}
