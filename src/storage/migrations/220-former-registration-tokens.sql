-- Until when the registration access token before this one still works: null once this one was shown, for then its
-- answer has arrived.
alter table registration_access_tokens add column former_until timestamptz;
