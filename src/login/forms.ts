import { z } from 'zod';

/** Trimmed: a telephone's keyboard leaves a space behind. The password is taken exactly as it was typed. */
export const signInForm = z.object({
  username: z.string().trim().min(1, 'login.username_missing').max(254, 'login.username_missing'),
  password: z.string().min(1, 'login.password_missing'),
  shared: z.string().optional(),
});

export const otpForm = z.object({
  otp: z.string().trim().min(1, 'second-factors.otp_missing').max(20, 'second-factors.otp_wrong'),
});

export const recoveryCodeForm = z.object({
  code: z.string().trim().min(1, 'second-factors.code_missing').max(64, 'second-factors.code_wrong'),
});
