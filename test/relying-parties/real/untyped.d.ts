// Packages without types of their own; only what the examples use.
declare module 'express-session' {
  import type { RequestHandler } from 'express';

  interface Make {
    (options: {
      secret: string;
      resave: boolean;
      saveUninitialized: boolean;
      store?: object;
    }): RequestHandler;
    MemoryStore: new () => object;
  }
  const session: Make;
  export default session;
}

declare module 'passport' {
  import type { RequestHandler } from 'express';

  const passport: {
    use(strategy: object): void;
    initialize(): RequestHandler;
    session(): RequestHandler;
    authenticate(name: string, options?: object): RequestHandler;
    serializeUser(serialize: (user: object, done: (error: null, user: object) => void) => void): void;
    deserializeUser(deserialize: (user: object, done: (error: null, user: object) => void) => void): void;
  };
  export default passport;
}

declare module 'passport-openidconnect' {
  type Verify = (
    issuer: string,
    profile: object,
    context: object,
    idToken: string,
    done: (error: null, user: object) => void,
  ) => void;
  const Strategy: new (options: object, verify: Verify) => object;
  export default Strategy;
}
