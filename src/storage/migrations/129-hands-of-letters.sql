-- Who ticked the pile held the paper too: they give no second proof for it.
alter table letters add column handed_over_by jsonb;
