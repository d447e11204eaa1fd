import type * as Jest from '@jest/globals';

/** Milliseconds for a test or hook of this file that states none; bin/attack gives its large amounts more. */
let timeout = Number(process.env.PREAU_TEST_TIMEOUT ?? 90_000);

type Body = (...given: never[]) => unknown;
type Named = (name: string, body: Body, timeout?: number) => void;
type Each = (...table: unknown[]) => Named;

// What runs the tests knows no timeouts: a test that hangs would hold up all that follow.
const bare = globalThis as unknown as typeof Jest;
// A test may put others in their place.
const { setTimeout, clearTimeout } = globalThis;

export const { describe, expect } = bare;
export const jest = {
  ...bare.jest,
  setTimeout(milliseconds: number): void {
    timeout = milliseconds;
  },
};
export const it = Object.assign(named(bare.it as Named), {
  each: (...table: unknown[]) => named((bare.it.each as unknown as Each)(...table)),
});
export const beforeAll = hook(bare.beforeAll);
export const afterAll = hook(bare.afterAll);
export const beforeEach = hook(bare.beforeEach);
export const afterEach = hook(bare.afterEach);

function named(declare: Named): Named {
  return (name, body, stated) => declare(name, inTime(body, stated));
}

function hook(declare: (body: () => Promise<unknown>) => void): (body: Body, timeout?: number) => void {
  return (body, stated) => declare(inTime(body, stated));
}

function inTime(body: Body, stated?: number): () => Promise<unknown> {
  return async (...given: never[]) => {
    const milliseconds = stated ?? timeout;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`took more than ${milliseconds} ms`)), milliseconds);
    });
    try {
      return await Promise.race([body(...given), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
