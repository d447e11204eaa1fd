import type * as Jest from '@jest/globals';

/** Milliseconds for a test or hook that states none; bin/attack gives its large amounts more. */
const TIMEOUT = Number(process.env.PREAU_TEST_TIMEOUT ?? 120_000);

type Body = (...given: never[]) => unknown;
type Named = (name: string, body: Body, timeout?: number) => void;
type Each = (...table: unknown[]) => Named;

// What runs the tests knows no timeouts: a test that hangs would hold up all that follow.
const bare = globalThis as unknown as typeof Jest;
// A test may put others in their place.
const { setTimeout, clearTimeout } = globalThis;

export const { describe, expect, jest } = bare;
export const it = Object.assign(named(bare.it as Named), {
  each: (...table: unknown[]) => named((bare.it.each as unknown as Each)(...table)),
  only: named(bare.it.only as Named),
  skip: bare.it.skip,
});
export const beforeAll = hook(bare.beforeAll);
export const afterAll = hook(bare.afterAll);
export const beforeEach = hook(bare.beforeEach);
export const afterEach = hook(bare.afterEach);

function named(declare: Named): Named {
  return (name, body, timeout) => declare(name, inTime(body, timeout));
}

function hook(declare: (body: () => Promise<unknown>) => void): (body: Body, timeout?: number) => void {
  return (body, timeout) => declare(inTime(body, timeout));
}

function inTime(body: Body, milliseconds = TIMEOUT): () => Promise<unknown> {
  return async (...given: never[]) => {
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
