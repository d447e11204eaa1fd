import { z } from 'zod';

const LONGEST_TYPED = 200;
const LONGEST_PASSWORD_TYPED = 65_536;

export const beginForm = z.object({
  code: z.string().trim().min(1, 'activation.code_missing').max(LONGEST_TYPED),
  proof: z.string().trim().max(LONGEST_TYPED).default(''),
});

/** What somebody with a letter has besides: the word, or a button that was pressed. */
export const wayForm = z.object({
  proof: z.string().trim().max(LONGEST_TYPED).default(''),
  way: z.enum(['class-window', 'guardian-vouch', 'split-letter', 'desk']),
});

export const halfForm = z.object({
  proof: z.string().trim().min(1, 'activation.half_missing').max(LONGEST_TYPED),
});

/** Either what was typed, or the phrase whose button was pressed. How good it is, accounts/ says. */
export const passwordForm = z.object({
  password: z.string().max(LONGEST_PASSWORD_TYPED).default(''),
  passphrase: z.string().max(LONGEST_TYPED).optional(),
  offer: z.string().max(LONGEST_TYPED).optional(),
});

export const secondFactorForm = z.object({
  later: z.literal('yes').optional(),
  ticket: z.string().max(1000).default(''),
  otp: z.string().max(LONGEST_TYPED).default(''),
});

export const recoveryCodesForm = z.object({ codes: z.enum(['kept', 'again']) });
