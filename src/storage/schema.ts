import type { AccountsTables } from './tables/accounts.ts';
import type { ActivationTables } from './tables/activation.ts';
import type { AlarmsTables } from './tables/alarms.ts';
import type { ContractsTables } from './tables/contracts.ts';
import type { DirectoryTables } from './tables/directory.ts';
import type { LedgerTables } from './tables/ledger.ts';
import type { LogoutNoticesTables } from './tables/logout-notices.ts';
import type { MessagesTables } from './tables/messages.ts';
import type { OrdersTables } from './tables/orders.ts';
import type { ReadingTables } from './tables/reading.ts';
import type { RelyingPartiesTables } from './tables/relying-parties.ts';
import type { RightsTables } from './tables/rights.ts';
import type { RosterTables } from './tables/roster.ts';
import type { SessionsTables } from './tables/sessions.ts';
import type { TracesTables } from './tables/traces.ts';

export type {
  AccountState,
  AwaitedCeremony,
  CeremonyStep,
  ContractState,
  LetterState,
  Profile,
  RightOrigin,
  RightRole,
} from './tables/columns.ts';

/** Rows as the migrations define them; a file of `tables/` per migration. */
export type Schema = DirectoryTables &
  OrdersTables &
  AccountsTables &
  SessionsTables &
  TracesTables &
  LogoutNoticesTables &
  LedgerTables &
  RelyingPartiesTables &
  ContractsTables &
  ActivationTables &
  RosterTables &
  MessagesTables &
  ReadingTables &
  RightsTables &
  AlarmsTables;
