import type { Command, Redis } from 'ioredis';

type Stream = Redis['stream'];

/** What leaves in one turn of the event loop: where the client writes its commands to, as to a pipeline. */
export class Flight {
  readonly isPipeline = true;
  readonly destination: { readonly redis: { readonly stream: Stream } };
  readonly commands: Pick<Command, 'isSettled' | 'reject'>[] = [];
  readonly since = performance.now();
  readonly #stream: Stream;
  #text = '';

  constructor(redis: { readonly stream: Stream }) {
    this.destination = { redis };
    // The client may have another one when this leaves: what it had then is refused by then.
    this.#stream = redis.stream;
  }

  write(said: string | Buffer): void {
    if (typeof said === 'string') this.#text += said;
    else this.leave(said);
  }

  /** What was said so far, and this. */
  leave(last?: Buffer): void {
    if (!this.#stream.writable) return;
    if (this.#text) this.#stream.write(this.#text);
    if (last) this.#stream.write(last);
    this.#text = '';
  }
}

// Of the time that an answer may take.
const SILENT_FOR = 5;

/**
 * Refuses what has no answer in time. One clock for all that is under way; the client's own is one for each command. A
 * server that hangs keeps its connection, and all that is sent meanwhile would wait in it: it is given up.
 */
export class Flights {
  readonly #milliseconds: number;
  readonly #giveUp: () => void;
  /** Who left first comes first. */
  readonly #underWay: Flight[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the first of those left that were refused since the last one that was answered. */
  #silentSince: number | undefined;

  constructor(milliseconds: number, giveUp: () => void) {
    this.#milliseconds = milliseconds;
    this.#giveUp = giveUp;
  }

  expect(flight: Flight): void {
    this.#forgetAnswered();
    this.#underWay.push(flight);
    this.#timer ??= this.#lookIn(this.#milliseconds);
  }

  #lookIn(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#refuseLate(), Math.ceil(milliseconds)).unref();
  }

  #refuseLate(): void {
    const inTime = performance.now() - this.#milliseconds;
    this.#forgetAnswered();
    for (let [first] = this.#underWay; first && first.since <= inTime; [first] = this.#underWay) {
      this.#underWay.shift();
      this.#refuse(first);
    }
    const [first] = this.#underWay;
    this.#timer = first && this.#lookIn(first.since - inTime);
  }

  #refuse({ since, commands }: Flight): void {
    for (const command of commands) if (!command.isSettled) command.reject(new Error('Command timed out'));
    this.#silentSince ??= since;
    if (performance.now() - this.#silentSince < SILENT_FOR * this.#milliseconds) return;
    this.#silentSince = undefined;
    this.#giveUp();
  }

  #forgetAnswered(): void {
    while (this.#underWay[0]?.commands.every(({ isSettled }) => isSettled)) {
      this.#underWay.shift();
      this.#silentSince = undefined;
    }
  }
}
