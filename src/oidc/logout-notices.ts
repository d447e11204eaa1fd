import { setTimeout as pause } from 'node:timers/promises';
import type { Provider } from 'oidc-provider';
import { REMOTE_MILLISECONDS, type Remote } from '../http/remote.ts';
import type { Registry } from '../relying-parties/registry.ts';
import { selectRelyingParty } from '../relying-parties/store.ts';
import type { AskStanding } from '../sessions/ask-standing.ts';
import { endCutOffSessions } from '../sessions/end-cut-off.ts';
import { endRunOutSessions, type RunOutDependencies } from '../sessions/end-run-out.ts';
import { END_CUT_OFF, END_RUN_OUT, type EndToTell, TELL_OF_END } from '../sessions/logout-notices.ts';
import {
  claimNotices,
  countPending,
  giveUp,
  type Notice,
  type Receipt,
  writeReceipt,
} from '../sessions/logout-notices-store.ts';
import type { Tasks } from '../storage/queue.ts';
import { issueLogoutToken } from './logout-token.ts';
import type { Aliases } from './pairwise.ts';
import { createPatience, type Patience } from './patience.ts';

export interface LogoutNoticesDependencies extends RunOutDependencies {
  readonly provider: () => Provider;
  readonly registry: Registry;
  readonly remote: Pick<Remote, 'post'>;
  readonly subOf: Aliases['subOf'];
  readonly ask: AskStanding;
}

/** Somebody still has to be told: the queue tries again, after a pause that grows. */
class NotAllTold extends Error {
  override readonly name = 'NotAllTold';
}

// A claim outlives the request it is for.
const CLAIM_SECONDS = (2 * REMOTE_MILLISECONDS) / 1000;
/** No longer does one job wait; whoever answers later writes the receipt all the same. */
const WAIT_MILLISECONDS = 500;

/** Telling relying parties that a session has ended (design D9). The rows say who is to be told; the jobs, when. */
export function createLogoutTasks(from: LogoutNoticesDependencies): Tasks {
  const patience = createPatience();
  return {
    [TELL_OF_END]: async (payload, { isLast }) => {
      const session = Buffer.from((payload as EndToTell).session, 'hex');
      const told = tellAll({ ...from, patience }, session);
      await Promise.race([told, pause(isLast ? 2 * REMOTE_MILLISECONDS : WAIT_MILLISECONDS)]);
      if ((await countPending(from.db, session)) === 0) return;
      if (!isLast) throw new NotAllTold('some did not answer');
      await giveUp(from.db, session);
    },
    [END_CUT_OFF]: () => endCutOffSessions(from),
    [END_RUN_OUT]: () => endRunOutSessions(from),
  };
}

type Telling = LogoutNoticesDependencies & { readonly patience: Patience };

async function tellAll(from: Telling, session: Buffer): Promise<void> {
  const except = from.patience.tired();
  const notices = await claimNotices(from.db, { session, except, seconds: CLAIM_SECONDS });
  await Promise.allSettled(
    notices.map((notice) => from.patience.during(notice.clientId, () => tell(from, session, notice))),
  );
}

/** False: it could not be reached. */
async function tell(from: Telling, session: Buffer, notice: Notice): Promise<boolean> {
  const { clientId } = notice;
  const status = await statusOf(from, notice);
  await writeReceipt(from.db, { session, clientId, state: stateOf(status), status: status ?? null });
  return status !== undefined;
}

/** Back-Channel Logout §2.8: 200 or 204 is yes, 400 is no; whatever else it says may be another thing tomorrow. */
function stateOf(status: number | undefined): Receipt['state'] {
  if (status === 200 || status === 204) return 'confirmed';
  return status === 400 ? 'refused' : 'pending';
}

async function statusOf(from: Telling, { clientId, sid, subjectId }: Notice): Promise<number | undefined> {
  // Suspended, or its contract over: it learns nothing new and keeps nobody signed in. A deleted one is nobody.
  const party = from.registry.known(clientId) ?? (await selectRelyingParty(from.db, clientId));
  const address = party?.metadata.backchannel_logout_uri;
  if (!party || !address) return undefined;
  try {
    const sub = from.subOf(party.publisher.id, subjectId);
    const token = await issueLogoutToken(from.provider(), { party, sub, sid });
    const reach = party.contract?.state === 'approved' ? 'schools' : 'public';
    return await from.remote.post(address, new URLSearchParams({ logout_token: token }), reach);
  } catch {
    return undefined;
  }
}
