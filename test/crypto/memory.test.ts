import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createMemory } from '../../src/crypto/memory.ts';

describe('a memory', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  function asking(bounds: { entries: number; milliseconds: number }) {
    const memory = createMemory<string>(bounds);
    const workedOut: string[] = [];
    const ask = (text: string) => memory.recall(text, () => `${text} ${workedOut.push(text)}`);
    return { ask, workedOut };
  }

  it('works out once what is asked for again', () => {
    const { ask, workedOut } = asking({ entries: 10, milliseconds: 1000 });
    expect([ask('a'), ask('b'), ask('a')]).toEqual(['a 1', 'b 2', 'a 1']);
    expect(workedOut).toEqual(['a', 'b']);
  });

  it('keeps what is in use while strangers pass, and forgets those', () => {
    const { ask, workedOut } = asking({ entries: 10, milliseconds: 1000 });
    for (let n = 0; n < 100; n += 1) {
      ask('in use');
      ask(`stranger ${n}`);
    }
    expect(workedOut.filter((text) => text === 'in use')).toHaveLength(1);
    ask('stranger 0');
    expect(workedOut.filter((text) => text === 'stranger 0')).toHaveLength(2);
  });

  it('holds no more than it may, though nothing is ever asked for', () => {
    const memory = createMemory<number>({ entries: 10, milliseconds: 1000 });
    for (let n = 0; n < 100; n += 1) memory.set(String(n), n);
    const held = Array.from({ length: 100 }, (_, n) => memory.get(String(n)));
    expect(held.slice(0, 90).filter((value) => value !== undefined)).toEqual([]);
    expect(held.at(-1)).toBe(99);
  });

  it('forgets in time what nobody asks for', () => {
    let at = 5000;
    jest.spyOn(performance, 'now').mockImplementation(() => at);
    const { ask, workedOut } = asking({ entries: 10, milliseconds: 1000 });
    ask('a');
    at += 600;
    ask('b');
    at += 600;
    ask('c');
    expect([ask('b'), ask('a')]).toEqual(['b 2', 'a 4']);
    at += 100_000;
    ask('d');
    ask('b');
    expect(workedOut).toEqual(['a', 'b', 'c', 'a', 'd', 'b']);
  });

  it('takes no refusal for an answer', () => {
    const memory = createMemory<string>();
    const refuse = () => {
      throw new Error('does not open');
    };
    expect(() => memory.recall('a', refuse)).toThrow('does not open');
    expect(memory.recall('a', () => 'opened')).toBe('opened');
  });
});
