import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ShortMemory } from '../../src/sessions/short-memory.ts';

let made: string[];
let memory: ShortMemory<{ text: string }>;
beforeEach(() => {
  jest.useFakeTimers();
  made = [];
  memory = new ShortMemory(10);
});
afterEach(() => {
  jest.useRealTimers();
});

function ask(text: string) {
  const known = memory.get(text);
  if (known) return known;
  made.push(text);
  return memory.keep(text, { text });
}

describe('a short memory', () => {
  it('makes the very same of the very same text, once', () => {
    expect(ask('a')).toBe(ask('a'));
    expect(ask('b')).toEqual({ text: 'b' });
    expect(made).toEqual(['a', 'b']);
  });

  it('keeps nothing for longer than a minute, however often it is asked for', () => {
    for (let seconds = 0; seconds < 60; seconds += 1) {
      ask('a');
      jest.advanceTimersByTime(1000);
    }
    expect(made).toEqual(['a']);
    ask('a');
    expect(made).toEqual(['a', 'a']);
  });

  it('forgets by itself, and leaves no timer behind', () => {
    ask('a');
    jest.advanceTimersByTime(60_000);
    expect(jest.getTimerCount()).toBe(0);
    ask('a');
    expect(made).toEqual(['a', 'a']);
  });

  it('keeps no more than it may', () => {
    for (let n = 0; n < 11; n += 1) ask(String(n));
    ask('10');
    ask('5');
    expect(made).toHaveLength(11);
    ask('0');
    expect(made).toHaveLength(12);
  });
});
