import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ShortMemory } from '../../src/sessions/short-memory.ts';

let made: string[];
let memory: ShortMemory<{ text: string }>;
beforeEach(() => {
  jest.useFakeTimers();
  made = [];
  const make = (text: string) => {
    made.push(text);
    return { text };
  };
  memory = new ShortMemory(make, 10);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a short memory', () => {
  it('makes the very same of the very same text, once', () => {
    expect(memory.of('a')).toBe(memory.of('a'));
    expect(memory.of('b')).toEqual({ text: 'b' });
    expect(made).toEqual(['a', 'b']);
  });

  it('keeps nothing for longer than a minute, however often it is asked for', () => {
    for (let seconds = 0; seconds < 60; seconds += 1) {
      memory.of('a');
      jest.advanceTimersByTime(1000);
    }
    expect(made).toEqual(['a']);
    memory.of('a');
    expect(made).toEqual(['a', 'a']);
  });

  it('forgets by itself, and leaves no timer behind', () => {
    memory.of('a');
    jest.advanceTimersByTime(60_000);
    expect(jest.getTimerCount()).toBe(0);
    memory.of('a');
    expect(made).toEqual(['a', 'a']);
  });

  it('keeps no more than it may', () => {
    for (let n = 0; n < 11; n += 1) memory.of(String(n));
    memory.of('10');
    memory.of('5');
    expect(made).toHaveLength(11);
    memory.of('0');
    expect(made).toHaveLength(12);
  });
});
