import { createHash } from 'node:crypto';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const SUBJECTS = ['francais', 'maths', 'anglais', 'histoire', 'svt', 'eps', 'musique'] as const;
export type Subject = (typeof SUBJECTS)[number];

const HOURS = [
  ['8 h 30', '9 h 25'],
  ['9 h 30', '10 h 25'],
  ['10 h 40', '11 h 35'],
  ['13 h 30', '14 h 25'],
  ['14 h 30', '15 h 25'],
] as const;

export interface Lesson {
  from: string;
  to: string;
  subject: Subject;
  room: number;
}

/** Made up from the class code, so that a class always has the same week. */
export function lessonsOf({
  code,
  day,
  taught,
}: {
  code: string;
  day: Weekday;
  taught?: Subject | undefined;
}): Lesson[] {
  const seed = createHash('sha256').update(`${code} ${day}`).digest();
  const hours = day === 'wednesday' ? HOURS.slice(0, 3) : HOURS;
  const lessons = hours.map(([from, to], index) => ({
    from,
    to,
    // Steps through all seven: none comes twice in a day.
    subject: SUBJECTS[((seed[0] ?? 0) + index * (1 + ((seed[1] ?? 0) % 6))) % SUBJECTS.length] ?? 'maths',
    room: 101 + ((seed[index + 8] ?? 0) % 24),
  }));
  return taught
    ? lessons.filter((_, index) => index % 2 === 0).map((lesson) => ({ ...lesson, subject: taught }))
    : lessons;
}
