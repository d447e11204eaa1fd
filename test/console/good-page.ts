import { expect } from '@jest/globals';
import { accessibilityFaults, screenshot, scrollsSideways, type Visitor } from '../support/browser.ts';

/** Without faults of accessibility, as wide as the screen, with one heading, and nothing the browser complains of. */
export async function expectGood({ page, complaints }: Visitor, name: string): Promise<void> {
  await screenshot(page, name);
  expect({ name, faults: await accessibilityFaults(page) }).toEqual({ name, faults: [] });
  expect({ name, sideways: await scrollsSideways(page) }).toEqual({ name, sideways: false });
  expect(await page.locator('h1').count()).toBe(1);
  expect(complaints).toEqual([]);
}
