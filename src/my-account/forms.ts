import { z } from 'zod';

export const passwordForm = z.object({
  current: z.string().default(''),
  password: z.string().default(''),
  /** Taken from the page, with the mark that it was offered there. */
  passphrase: z.string().max(200).optional(),
  offer: z.string().max(200).optional(),
});

export const enrolForm = z.object({
  ticket: z.string().max(1000),
  otp: z.string().trim().min(1, 'second-factors.otp_missing').max(20, 'second-factors.otp_wrong'),
});

export const sessionForm = z.object({ session: z.string().max(100) });

export const lockForm = z.object({ confirm: z.literal('yes', 'my-account.lock_confirm_missing') });

export const vouchForm = z.object({
  request: z.string().max(100),
  proof: z.string().trim().min(1, 'my-account.vouch_digits_missing').max(20, 'my-account.vouch_digits_wrong'),
  otp: z.string().trim().min(1, 'second-factors.otp_missing').max(20, 'second-factors.otp_wrong'),
});
