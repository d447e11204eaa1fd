import type { Tasks } from '../storage/queue.ts';
import { CHANGE_TASK } from './change-notice.ts';
import { NOTICE_TASK, SCHOOL_TASK } from './claim-notice.ts';
import { CONTACT_TASK, sendContactNotice } from './contact-notice.ts';
import { DISOWNED_TASK } from './disown-claim.ts';
import {
  DISOWNED_MAIL_TASK,
  mailDisowned,
  mailSchoolNotice,
  SCHOOL_MAIL_TASK,
  spreadDisowned,
  spreadSchoolNotice,
} from './school-notices.ts';
import { type Dependencies, sendNotice } from './send-notice.ts';

export type { Dependencies } from './send-notice.ts';

/** What the queue does after a claim or a change, and after one was disowned. */
export function createNoticeTasks(from: Dependencies): Tasks {
  return {
    [NOTICE_TASK]: (payload, job) => sendNotice(from, payload, job),
    [CHANGE_TASK]: (payload, job) => sendNotice(from, payload, job),
    [CONTACT_TASK]: (payload) => sendContactNotice(from, payload),
    [SCHOOL_TASK]: (payload) => spreadSchoolNotice(from, payload),
    [SCHOOL_MAIL_TASK]: (payload) => mailSchoolNotice(from, payload),
    [DISOWNED_TASK]: (payload) => spreadDisowned(from, payload),
    [DISOWNED_MAIL_TASK]: (payload) => mailDisowned(from, payload),
  };
}
