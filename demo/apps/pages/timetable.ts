import { type Html, html } from '../../../src/http/html.ts';
import { type Schooling, schoolingOf } from '../claims.ts';
import { lessonsOf, WEEKDAYS, type Weekday } from '../lessons.ts';
import type { Claims } from '../relying-party.ts';
import type { Screen } from './layout.ts';

export function timetableDesk(screen: Screen, claims: Claims): Html {
  const { t } = screen;
  const schooling = schoolingOf(claims);
  const { givenName, schools, classes } = schooling;
  return html`
    <section class="intro">
      <h1>${givenName ? t('timetable.title_of', { name: givenName }) : t('timetable.title')}</h1>
      <p class="lead">${schools.join(' · ')}</p>
    </section>
    ${classes.length > 0 ? classes.slice(0, 4).map((one) => week(screen, schooling, one)) : meetings(screen)}`;
}

function week(screen: Screen, { profiles }: Schooling, { label, code }: Schooling['classes'][number]): Html {
  const { t } = screen;
  const taught = profiles.includes('teacher') ? 'francais' : undefined;
  return html`
    <section class="sheet">
      <h2>${label ?? t('timetable.class', { class: code })}</h2>
      <div class="week">${WEEKDAYS.map((day) => column(screen, day, lessonsOf({ code, day, taught })))}</div>
    </section>`;
}

function column({ t }: Screen, day: Weekday, lessons: ReturnType<typeof lessonsOf>): Html {
  const items = lessons.map(
    ({ from, to, subject, room }) => html`
        <li class="lesson ${subject}">
          <span class="hours">${from} – ${to}</span>
          <strong>${t(`timetable.${subject}`)}</strong>
          <span class="room">${t('timetable.room', { room })}</span>
        </li>`,
  );
  return html`
      <div class="day">
        <h3>${t(`timetable.${day}`)}</h3>
        ${lessons.length > 0 ? html`<ol>${items}</ol>` : html`<p class="small">${t('timetable.free')}</p>`}
      </div>`;
}

function meetings({ t }: Screen): Html {
  return html`
    <section class="sheet">
      <h2>${t('timetable.agenda')}</h2>
      <ul class="plain">
        <li>${t('timetable.meeting_1')}</li>
        <li>${t('timetable.meeting_2')}</li>
      </ul>
    </section>`;
}
