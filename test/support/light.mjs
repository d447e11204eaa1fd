import { registerHooks } from 'node:module';

const globals = new URL('globals.ts', import.meta.url).href;

// jest's own package refuses to be imported where tests run in plain Node. Each file has its own: the timeout it sets is its.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals'
      ? { url: `${globals}?of=${encodeURIComponent(context.parentURL)}`, shortCircuit: true }
      : next(specifier, context),
});
