import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestStores, testStores } from '../support/stores.ts';
import { type World, wholeWorld } from '../support/world.ts';

let stores: TestStores;
let demo: World;
let other: World;
beforeAll(async () => {
  stores = await testStores();
  demo = await wholeWorld({ stores, change: (config) => ({ ...config, mode: 'demo' }) });
  other = await wholeWorld({ stores });
});
afterAll(async () => {
  await Promise.all([demo.close(), other.close()]);
  await stores.close();
});

describe('the outbox of the demo', () => {
  it('says what would stand there', async () => {
    expect((await demo.visitor().open('/demo/outbox')).text).toContain('Aucun message');
  });

  it('shows mails and SMS, the newest first, with links of our own that can be followed', async () => {
    const { post } = demo.parts;
    const text = `Bonjour <b>Léa</b>,\n${demo.issuer}/not-me?token=abc\nhttps://elsewhere.example/x`;
    await post.sendMail({ to: 'lea@famille.example', subject: 'Un <i>compte</i>', text });
    await post.sendSms({ to: '+33612345678', text: 'le plus récent' });
    const page = await demo.visitor().open('/demo/outbox');
    expect(page.status).toBe(200);
    expect(page.text.indexOf('le plus récent')).toBeLessThan(page.text.indexOf('lea@famille.example'));
    expect(page.text).toContain(`<a href="${demo.issuer}/not-me?token=abc">`);
    expect(page.text).toContain('&lt;b&gt;Léa&lt;/b&gt;');
    expect(page.text).not.toMatch(/<i>compte|href="https:\/\/elsewhere/);
  });

  it('is nowhere but in the demo', async () => {
    const page = await other.visitor().open('/demo/outbox');
    expect(page.status).toBe(404);
    expect(page.text).not.toContain('lea@famille.example');
  });
});
