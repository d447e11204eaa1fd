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

/** Refuses what has no answer in time. One clock for all that is under way; the client's own is one for each command. */
export class Flights {
  readonly #milliseconds: number;
  /** Who left first comes first. */
  readonly #underWay: Flight[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
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
    for (const { since, commands } of this.#underWay) if (since <= inTime) refuse(commands);
    this.#forgetAnswered();
    const [first] = this.#underWay;
    this.#timer = first && this.#lookIn(first.since - inTime);
  }

  #forgetAnswered(): void {
    while (this.#underWay[0]?.commands.every(({ isSettled }) => isSettled)) this.#underWay.shift();
  }
}

function refuse(commands: Flight['commands']): void {
  for (const command of commands) if (!command.isSettled) command.reject(new Error('Command timed out'));
}
