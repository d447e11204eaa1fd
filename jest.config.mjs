/** @type {import('jest').Config} */
export default {
  // Plain Node, whose modules a worker loads once: jest's own runner loads all of Préau anew for each file.
  runner: ['jest-light-runner', { runtime: 'child_process' }],
  setupFilesAfterEnv: ['<rootDir>/test/support/light.mjs'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
};
