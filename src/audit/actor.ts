/** Who acts. An operator's `name` is what they typed; the OS user and the host are what is known. */
export type Actor =
  | { kind: 'person'; person: number }
  | { kind: 'operator'; name: string; osUser: string; host: string }
  | { kind: 'system'; name: string };
