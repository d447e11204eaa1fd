-- When somebody first claimed their account: from then on a right they do not use lapses.
create index account_states_first_active on account_states (person, from_at) where state = 'active';
