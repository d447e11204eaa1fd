interface Described {
  type: string;
  message: string;
  code?: string;
  /** Names of database objects: they say which rule broke, never for whom. */
  constraint?: string;
  table?: string;
  stack?: string[];
  cause?: Described;
}

const DEEPEST_CAUSE = 4;

/** An error for the log, without what people typed: quoted and bracketed parts, digits and addresses are masked. */
export function describeError(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { type: typeof error, message: '' };
  return {
    type: /^\w{1,60}$/.test(error.name) ? error.name : 'Error',
    message: mask(error.message),
    ...nameIn(error, 'code'),
    ...nameIn(error, 'constraint'),
    ...nameIn(error, 'table'),
    stack: framesOf(error.stack ?? ''),
    ...(error.cause !== undefined &&
      depth < DEEPEST_CAUSE && { cause: describeError(error.cause, depth + 1) }),
  };
}

// PostgreSQL repeats values: invalid input syntax for type integer: "…", Key (username)=(…) already exists.
function mask(message: string): string {
  return message
    .slice(0, 300)
    .replace(/"[^"]*"?|'[^']*'?|`[^`]*`?|\([^)]*\)?|\{[^}]*\}?|\[[^\]]*\]?/gs, '…')
    .replace(/\S*[@\d]\S*/g, '…')
    .replace(/\s+/g, ' ');
}

function nameIn(error: Error, key: 'code' | 'constraint' | 'table'): Record<string, string> {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' && /^\w{1,63}$/.test(value) ? { [key]: value } : {};
}

/** Only the frames: the head of a stack repeats the message. */
function framesOf(stack: string): string[] {
  const frames = stack.split('\n').filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line));
  return frames.slice(0, 12).map((line) => line.trim());
}
