import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { emptyState, section } from '../components/guidance.ts';
import { type Row, rowList } from '../components/lists.ts';
import { consoleLayout, type Staff } from './console-layout.ts';
import { clock, longDate } from './words.ts';

export interface StartProps {
  staff: Staff;
  rights: readonly RightShown[];
  windows: readonly WindowShown[];
}

export interface RightShown {
  role: string;
  /** A school's name, an académie; undefined: the whole country. */
  where: string | undefined;
  classes: readonly string[];
  until: Date;
}

export interface WindowShown {
  school: string;
  className: string;
  closesAt: Date;
  claimed: number;
  pupils: number;
}

/** The start page: what I may do and where, and what is open at this moment. Numbers alone, no name of anybody else. */
export function startPage({ staff, rights, windows }: StartProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console',
    title: t('console.start_title'),
    lead: t('console.start_lead'),
    body: html`
      ${section({ title: t('console.windows_title'), body: openWindows(page, windows) })}
      ${section({ title: t('console.rights_title'), body: rowList(rights.map((right) => rightRow(page, right))) })}`,
  });
}

function rightRow(page: Page, { role, where, classes, until }: RightShown): Row {
  const { t } = page;
  const place = where ?? t('console.whole_country');
  const of =
    classes.length > 0 ? t('console.classes_of', { classes: classes.join(', '), school: place }) : place;
  return {
    title: t(`console.role_${role}`),
    text: html`${of}. ${t('console.right_until', { date: longDate(page, until) })}`,
  };
}

function openWindows(page: Page, windows: readonly WindowShown[]): Html {
  const { t } = page;
  if (windows.length === 0) {
    return emptyState({ title: t('console.windows_none'), body: t('console.windows_none_text') });
  }
  return rowList(
    windows.map(({ school, className, closesAt, claimed, pupils }) => ({
      title: t('console.class_at', { class: className, school }),
      text: t('console.window_state', { until: clock(page, closesAt), claimed, count: pupils }),
    })),
  );
}
