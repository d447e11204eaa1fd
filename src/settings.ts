import { isIP } from 'node:net';
import { z } from 'zod';

const seconds = z.number().int().positive();
const sessionLimits = z.object({ idleSeconds: seconds, absoluteSeconds: seconds });
const readingBudget = z.object({ hour: z.number().int().positive(), day: z.number().int().positive() });

const count = z.number().int().positive();
/** Minutes an alarm pauses claims of the school it names; 0: it does not. */
const minutes = z.number().int().nonnegative();

const alarmSettings = z.object({
  everySeconds: seconds.max(30),
  lookBackHours: count,
  figures: z.strictObject({
    'claims-burst': z.strictObject({
      ...{ claims: count, percent: z.number().positive(), minutes: count, handedOverHours: count },
    }),
    'address-many-schools': z.strictObject({ schools: count, hours: count }),
    'address-many-codes': z.strictObject({ codes: count, minutes: count, schools: count, hours: count }),
    'claim-elsewhere-after-reset': z.strictObject({ days: count }),
  }),
  pauseMinutes: z.strictObject({
    'bait-used': minutes,
    'claim-elsewhere-after-reset': minutes,
    'claims-burst': minutes,
    'decoy-found': minutes,
    'decoy-opened': minutes,
    'decoy-printed': minutes,
    'void-code-used': minutes,
  }),
});
const ceremonies = z.array(z.enum(['class-window', 'guardian-vouch', 'split-letter', 'desk']));
const ceremoniesByProfile = z.object({
  pupil: ceremonies,
  guardian: ceremonies,
  teacher: ceremonies,
  staff: ceremonies,
});
const acrs = z.enum(['urn:preau:acr:place', 'urn:preau:acr:one']);
const privateNetwork = z.object({
  cidr: z.string().refine(isCidr, 'must be a network like 10.20.0.0/16'),
  ports: z.array(z.number().int().min(1).max(65535)).min(1),
});

/** What config/*.json may say, and nothing else. */
export const settingsSchema = z.object({
  port: z.number().int().min(0).max(65535),
  metricsPort: z.number().int().min(0).max(65535),
  metricsHost: z.string(),
  lifetimes: z.object({
    authorizationCodeSeconds: seconds,
    interactionSeconds: seconds,
    accessTokenSeconds: seconds,
    idTokenSeconds: seconds,
    refreshTokenSeconds: seconds,
    sessions: z.object({
      staff: sessionLimits,
      pupil: sessionLimits,
      'shared-device': sessionLimits,
      guardian: sessionLimits,
    }),
    secondFactorCountsForSeconds: seconds,
    knownDeviceSeconds: seconds,
  }),
  limits: z.object({
    failuresBeforePause: z.number().int().positive(),
    pauseSeconds: seconds,
    longestPauseSeconds: seconds,
    failuresPerDayFromUnknownDevices: z.number().int().positive(),
    knownDeviceFailuresBeforePause: z.number().int().positive(),
    addressFailures: z.number().int().positive(),
    addressWindowSeconds: seconds,
    requestsPerMinute: z.object({
      address: z.number().int().positive(),
      clientAndAddress: z.number().int().positive(),
      registration: z.number().int().positive(),
    }),
    wrongWordsPerLetter: z.number().int().positive(),
    wrongWordsPerWindow: z.number().int().positive(),
    wrongProofsPerRequest: z.number().int().positive(),
    wrongHalvesPerRequest: z.number().int().positive(),
    requestsPerLetterAndDay: z.number().int().positive(),
    deskActsPerHour: z.number().int().positive(),
  }),
  activation: z.object({
    ceremonySeconds: seconds,
    printedDays: z.number().int().positive(),
    handedOverDays: z.number().int().positive(),
    waitingSeconds: seconds,
    smsHalfSeconds: seconds,
    mailHalfSeconds: seconds,
    contactDays: z.number().int().nonnegative(),
    reprintSeconds: seconds,
    ceremonies: z.object({
      everywhere: ceremoniesByProfile,
      academies: z.record(z.string(), ceremoniesByProfile.partial()),
      establishments: z.record(z.string(), ceremoniesByProfile.partial()),
    }),
    highestAcr: z.object({
      'class-window': acrs,
      'guardian-vouch': acrs,
      'split-letter': acrs,
      desk: acrs,
    }),
    noticeDays: z.number().int().min(7),
    formerReaderDays: z.number().int().nonnegative(),
    recoveryHoldHours: z.number().int().positive(),
  }),
  reading: z.object({
    budgets: z.object({
      teacher: readingBudget,
      distributor: readingBudget,
      head: readingBudget,
      'academie-officer': readingBudget,
      'national-officer': readingBudget,
    }),
    slowFromPercent: z.number().min(50).max(99),
    pauseSeconds: seconds,
  }),
  alarms: alarmSettings,
  canaries: z.object({ afterRoster: z.boolean(), mailDomain: z.string().regex(/^[a-z0-9.-]+$/) }),
  roster: z.object({
    closuresNeedingConsentPercent: z.number().positive().max(100),
    closuresNeedingConsentPeople: z.number().int().positive(),
    batchSize: z.number().int().positive(),
    uploadBytes: z.number().int().positive(),
  }),
  postgres: z.object({
    poolSize: z.number().int().positive(),
    waiting: z.number().int().nonnegative(),
    connectMilliseconds: z.number().int().positive(),
    statementMilliseconds: z.number().int().positive(),
    lockMilliseconds: z.number().int().positive(),
  }),
  remote: z.object({
    allowsLoopback: z.boolean(),
    privateNetworks: z.array(privateNetwork),
  }),
  requestObjects: z.boolean(),
  messages: z.object({ answerMilliseconds: z.number().int().positive() }),
  redis: z.object({ commandMilliseconds: z.number().int().positive() }),
  orders: z.object({
    pollMilliseconds: z.number().int().positive(),
    silenceMilliseconds: z.number().int().positive(),
  }),
  passwordWorkers: z.number().int().positive(),
});
export type Settings = z.infer<typeof settingsSchema>;

/** `10.20.0.0/16`, `fc00::/7`. */
export function isCidr(text: string): boolean {
  const [, network = '', prefix = ''] = /^([\da-f.:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(network)] ?? -1;
  return Number(prefix) <= longest;
}
