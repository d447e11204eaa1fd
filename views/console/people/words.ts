import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { PlaceShown } from '../../../src/reading/places.ts';
import type { AccountState } from '../../../src/storage/schema.ts';
import { badge } from '../../components/lists.ts';

const TONES = { dormant: 'neutral', active: 'good', closed: 'neutral' } as const;

export function stateBadge(
  { t }: Page,
  { state, isLocked }: { state: AccountState; isLocked: boolean },
): Html {
  return html`${badge(t(`people.state_${state}`), TONES[state])}${isLocked && html` ${badge(t('people.locked'), 'danger')}`}`;
}

/** « Élève, 6e A, Collège des Œillets » */
export function placeWords({ t }: Page, places: readonly PlaceShown[]): string {
  return places
    .map(({ profile, school, classes }) => [t(`people.profile_${profile}`), ...classes, school].join(', '))
    .join(' · ');
}
