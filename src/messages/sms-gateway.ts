import { assertSms, NotSent, type Sms } from './message.ts';

export interface SmsGatewayGiven {
  url: string;
  token: string;
  answerMilliseconds: number;
}

/** POST { to, text } as JSON with a bearer token: what most providers take, or a small gateway before them. */
export function createSmsGateway(given: SmsGatewayGiven): (sms: Sms) => Promise<void> {
  return async (sms) => {
    assertSms(sms);
    const response = await post(given, sms);
    await response.body?.cancel().catch(() => {});
    if (response.ok) return;
    // 400 and 422 speak of this message; anything else of the gateway, of us or of the moment.
    throw new NotSent(`HTTP_${response.status}`, { isLasting: /^4(00|22)$/.test(String(response.status)) });
  };
}

async function post({ url, token, answerMilliseconds }: SmsGatewayGiven, { to, text }: Sms) {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ to, text }),
      // The token goes to this address and to no other.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerMilliseconds),
    });
  } catch (error) {
    throw new NotSent((error as Error).name === 'TimeoutError' ? 'ETIMEDOUT' : 'ECONNECTION');
  }
}
