export { createJudged, type Judged } from '../orders/judged.ts';
