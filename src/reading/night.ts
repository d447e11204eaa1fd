const PARIS_HOUR = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Paris',
  hour: '2-digit',
  hourCycle: 'h23',
});

/** From ten in the evening to six in the morning, in Paris. */
export function isNight(at: Date): boolean {
  const hour = Number(PARIS_HOUR.format(at));
  return hour >= 22 || hour < 6;
}

const PARIS_DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris', dateStyle: 'short' });

/** `2026-11-26`, as the calendar in Paris has it. */
export function parisDay(at: Date): string {
  return PARIS_DAY.format(at);
}

/** When a calendar day, `2027-08-31`, ends in Paris; undefined for what is none. */
export function endOfCalendarDay(day: string): Date | undefined {
  const noon = new Date(`${day}T12:00:00Z`);
  const isDay = !Number.isNaN(noon.getTime()) && noon.toISOString().startsWith(`${day}T`);
  return isDay ? endOfParisDay(noon) : undefined;
}

/** When the day ends in Paris: found by halving, so that days of 23 and 25 hours end when they do. */
export function endOfParisDay(at: Date): Date {
  const today = parisDay(at);
  let before = at.getTime();
  let after = before + 26 * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (parisDay(new Date(middle)) === today) before = middle;
    else after = middle;
  }
  return new Date(after);
}
