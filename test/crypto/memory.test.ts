import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Memory } from '../../src/crypto/memory.ts';

let made: string[];
let memory: Memory<{ text: string }>;
beforeEach(() => {
  jest.useFakeTimers();
  made = [];
  memory = new Memory(10);
});
afterEach(() => {
  jest.useRealTimers();
});

function ask(text: string) {
  return memory.recall(text, () => {
    made.push(text);
    return { text };
  });
}

describe('a memory', () => {
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
    expect(memory.get('a')).toBeUndefined();
    const set = jest.spyOn(globalThis, 'setTimeout');
    jest.advanceTimersByTime(600_000);
    expect(set).not.toHaveBeenCalled();
    set.mockRestore();
    ask('a');
    expect(made).toEqual(['a', 'a']);
  });

  it('keeps no more than it may, and the latest of them', () => {
    for (let n = 0; n < 100; n += 1) memory.keep(String(n), { text: String(n) });
    const held = Array.from({ length: 100 }, (_, n) => memory.get(String(n)));
    expect(held.slice(0, 90).filter((value) => value !== undefined)).toEqual([]);
    expect(held.at(-1)).toEqual({ text: '99' });
  });

  it('keeps nothing that is long, whoever wrote it', () => {
    const long = 'a'.repeat(20_000);
    ask(long);
    expect(memory.get(long)).toBeUndefined();
    memory.keep('a', { text: long }, long.length);
    expect(memory.get('a')).toBeUndefined();
  });

  it('holds what was kept last under a text', () => {
    memory.keep('a', { text: 'first' });
    jest.advanceTimersByTime(30_000);
    memory.keep('a', { text: 'second' });
    expect(memory.get('a')).toEqual({ text: 'second' });
  });

  it('takes no refusal for an answer', () => {
    const refuse = () => {
      throw new Error('does not open');
    };
    expect(() => memory.recall('a', refuse)).toThrow('does not open');
    expect(ask('a')).toEqual({ text: 'a' });
  });
});

it('hands out once what is taken', () => {
  const memory = new Memory<string>();
  memory.keep('code', 'record');
  expect([memory.take('code'), memory.take('code'), memory.get('code')]).toEqual([
    'record',
    undefined,
    undefined,
  ]);
});
