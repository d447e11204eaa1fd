-- Mails and SMS of the demo, of tests and of development, to be looked at: they stay here instead of being sent.
-- In production nothing is ever written to it.
create table outbox (
  id bigint generated always as identity primary key,
  channel text not null check (channel in ('mail', 'sms')),
  recipient text not null,
  subject text,
  body text not null,
  sent_at timestamptz not null
);
grant select, insert, delete on outbox to preau_app;
