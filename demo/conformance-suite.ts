/** What the suite needs to know of Préau, in its own words: a test plan's configuration, its browser included. */
export interface Given {
  readonly issuer: string;
  /** Where the suite is come back to. */
  readonly callback: string;
  readonly person: { readonly username: string; readonly password: string };
  /** The client of the plan, and the one that shows its secret in the body. */
  readonly client: Credentials;
  readonly other: Credentials;
}
export interface Credentials {
  readonly client_id: string;
  readonly client_secret?: string | undefined;
}

export function suiteConfiguration({ issuer, callback, person, client, other }: Given): object {
  const signIn = { match: `${issuer}/authorize*`, tasks: authorization({ issuer, callback, person }) };
  return {
    alias: 'preau',
    description: 'Préau',
    server: { discoveryUrl: `${issuer}/.well-known/openid-configuration` },
    client: { client_name: 'Préau', ...client },
    client_secret_post: other,
    client2: other,
    browser: [signIn, signOut(issuer, [PICTURE])],
    override: {
      // A picture of the sign-in page ends these modules: whoever came back after it would fail them.
      ...modules('oidcc-registration-', ['logo-uri', 'policy-uri', 'tos-uri'], onlyLooking(issuer)),
      // These want the page of somebody who has left: a module keeps the first picture it is given.
      ...modules('oidcc-rp-initiated-logout-', ['no-params', 'only-state'], {
        browser: [signIn, signOut(issuer, [])],
      }),
    },
  };
}

type Command = readonly (string | number)[];
const PICTURE: Command = ['wait', 'css', 'h1', 10, '.*', 'update-image-placeholder-optional'];

function authorization({
  issuer,
  callback,
  person,
}: Pick<Given, 'issuer' | 'callback' | 'person'>): object[] {
  const button = ['click', 'css', 'main form button'];
  // Whoever is signed in already meets the page of a first visit at once.
  const typed = [
    ['text', 'name', 'username', person.username, 'optional'],
    ['text', 'name', 'password', person.password, 'optional'],
  ];
  return [
    where('sign in', `${issuer}/interaction/*`, [PICTURE, ...typed, button]),
    where('first visit', `${issuer}/interaction/*/information`, [button]),
    where('refused', `${issuer}/authorize*`, [PICTURE]),
    where('back at the suite', `${callback}*`, [['wait', 'id', 'submission_complete', 10]]),
  ];
}

function onlyLooking(issuer: string): object {
  return { browser: [{ match: `${issuer}/authorize*`, tasks: [where('look', `${issuer}/*`, [PICTURE])] }] };
}

function signOut(issuer: string, asked: readonly Command[]): object {
  return {
    match: `${issuer}/session/end*`,
    tasks: [
      where('sign out', `${issuer}/session/end*`, [...asked, ['click', 'name', 'logout', 'optional']]),
      where('signed out', `${issuer}/session/end/success*`, [PICTURE]),
    ],
  };
}

function modules(plan: string, names: readonly string[], override: object): Record<string, object> {
  return Object.fromEntries(names.map((name) => [`${plan}${name}`, override]));
}

/** Left out where the browser is elsewhere. */
function where(task: string, match: string, commands: readonly Command[]): object {
  return { task, match, optional: true, commands };
}
