import type { Command } from 'ioredis';

/** What leaves in one turn of the event loop. */
export type Flight = Pick<Command, 'isSettled' | 'reject'>[];

interface UnderWay {
  readonly since: number;
  readonly flight: Flight;
}

/** Refuses what has no answer in time. One clock for all that is under way; the client's own is one for each command. */
export class Flights {
  readonly #milliseconds: number;
  /** Who left first comes first. */
  readonly #underWay: UnderWay[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  depart(): Flight {
    const flight: Flight = [];
    this.#forgetAnswered();
    this.#underWay.push({ since: performance.now(), flight });
    this.#timer ??= this.#lookIn(this.#milliseconds);
    return flight;
  }

  #lookIn(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#refuseLate(), Math.ceil(milliseconds)).unref();
  }

  #refuseLate(): void {
    const inTime = performance.now() - this.#milliseconds;
    for (const { since, flight } of this.#underWay) if (since <= inTime) refuse(flight);
    this.#forgetAnswered();
    const [first] = this.#underWay;
    this.#timer = first && this.#lookIn(first.since - inTime);
  }

  #forgetAnswered(): void {
    while (this.#underWay[0]?.flight.every(({ isSettled }) => isSettled)) this.#underWay.shift();
  }
}

function refuse(flight: Flight): void {
  for (const command of flight) if (!command.isSettled) command.reject(new Error('Command timed out'));
}
