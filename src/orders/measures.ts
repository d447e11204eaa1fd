/** Standing orders hold from start to end; cut-off orders kill what was made before them and have no end. */
export const MEASURES = {
  freeze: 'standing',
  'suspend-relying-party': 'standing',
  'withhold-claims': 'standing',
  'require-second-factor': 'standing',
  'suspend-rights': 'standing',
  'close-sessions': 'cut-off',
  'void-codes': 'cut-off',
  'reset-credentials': 'cut-off',
} as const satisfies Record<string, 'standing' | 'cut-off'>;

export type Measure = keyof typeof MEASURES;
export type StandingMeasure = {
  [M in Measure]: (typeof MEASURES)[M] extends 'standing' ? M : never;
}[Measure];
export type CutOffMeasure = Exclude<Measure, StandingMeasure>;

/** What carries a generation: sessions with grants and tokens; letters, codes and windows; passwords and factors. */
export type Made = 'session' | 'code' | 'credential';

/** What each cut-off order kills. New credentials for all are worth nothing while sessions of the old ones live. */
export const CUTS: Record<CutOffMeasure, readonly Made[]> = {
  'close-sessions': ['session'],
  'void-codes': ['code'],
  'reset-credentials': ['credential', 'session'],
};

export function isMeasure(text: string): text is Measure {
  return Object.hasOwn(MEASURES, text);
}
