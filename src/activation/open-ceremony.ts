import { type Details, record } from '../audit/record.ts';
import type { OrdersInForce } from '../orders/order.ts';
import type { Tx } from '../storage/postgres.ts';
import type { Proof } from './ceremony.ts';
import { insertCeremony } from './store.ts';

/** Both proofs are given: the browser with this token may choose the first password, for a while. */
export async function openCeremony(
  tx: Tx,
  proof: Proof,
  given: { tokenDigest: Buffer; from?: Details; inForce: OrdersInForce; at: Date; seconds: number },
): Promise<void> {
  const { person } = proof.subject;
  const { letter, epoch, second } = proof;
  const { tokenDigest, from = {}, inForce, at, seconds } = given;
  const expiresAt = new Date(at.getTime() + seconds * 1000);
  const { generation } = inForce;
  const id = await insertCeremony(tx, {
    ...{ tokenDigest, person, letter, second, epoch, generation, at, expiresAt },
  });
  const details = { ...second, letter, opened: id, ...from };
  await record(tx, { kind: 'person', person }, { name: 'activation.begun', subject: person, details }, at);
}
