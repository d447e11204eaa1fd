import Sequencer from '@jest/test-sequencer';

// What drives a browser, starts processes or plays many rounds; a clean checkout knows no times yet.
const LONG = /\.(?:journey|model|race|kill)\.test\.ts$|classifier\.test\.ts$/;

/** What takes long begins first: at the end there is something small left for every worker. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const isLong = new Map(tests.map((test) => [test, LONG.test(test.path)]));
    const sorted = super.sort(tests);
    return [...sorted.filter((test) => isLong.get(test)), ...sorted.filter((test) => !isLong.get(test))];
  }
}
