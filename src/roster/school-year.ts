/** A day (yyyy-mm-dd) → the year its school year begins in. Exports of the new year come from 1 August on. */
export function schoolYearOf(day: string): number {
  const year = Number(day.slice(0, 4));
  return day.slice(5) >= '08-01' ? year : year - 1;
}
