/** How much of an attack runs here: bin/attack sets the variables, bin/test runs a tenth of it. */
export const ROUNDS = amount('PREAU_ROUNDS', 20);
export const SEQUENCES = amount('PREAU_SEQUENCES', 1000);
export const KILLS = amount('PREAU_KILLS', 5);

/** One fixed seed and one random one, or the one of bin/attack. A failing run prints its seed. */
export const SEEDS: readonly number[] = process.env.PREAU_SEED
  ? [Number(process.env.PREAU_SEED)]
  : [20_260_901, Math.floor(Math.random() * 2 ** 31)];

function amount(variable: string, otherwise: number): number {
  const given = Number(process.env[variable] ?? otherwise);
  if (!Number.isSafeInteger(given) || given < 1)
    throw new Error(`${variable} must be a whole number above 0`);
  return given;
}
