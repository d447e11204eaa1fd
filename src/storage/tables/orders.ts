import type { ColumnType, Generated } from 'kysely';
import type { Json } from './columns.ts';

export interface OrdersTables {
  order_clock: {
    one: Generated<boolean>;
    version: Generated<number>;
    generation: Generated<number>;
    clients_version: Generated<number>;
  };
  orders: {
    id: Generated<string>;
    measure: string;
    kind: 'standing' | 'cut-off';
    drill: Generated<boolean>;
    scope: Json<unknown>;
    parameters: ColumnType<unknown, string | undefined, string>;
    reason: string;
    ordered_by: Json<unknown>;
    approved_by: ColumnType<unknown, string | null | undefined, string | null>;
    generation: number | null;
    starts_at: Generated<Date>;
    ends_at: Date | null;
    ended_at: Date | null;
    ended_by: ColumnType<unknown, string | null | undefined, string | null>;
    end_reason: string | null;
    created_at: Generated<Date>;
  };
}
