-- What was granted ends for good with the import that no longer names its holder, or whoever granted it, where it was
-- granted: an import that names them again gives it back to nobody. Asked at the commit, when an import has opened what
-- takes the place of what it closed. A right that the roster itself gives has no end here: the memberships say it.
create function rights_follow_roster() returns trigger language plpgsql as $$
begin
  -- A grant that is under way ends first, and is seen then.
  perform from rights where person = new.person and uai = new.uai and ended_at is null for update;
  with recursive unnamed as (
    select r.id, r.origin from rights r
    where r.person = new.person and r.uai = new.uai and r.ended_at is null and not exists (
      select from memberships m
      where m.person = r.person and m.uai = r.uai and m.until_at is null
        and case when r.origin = 'roster'
          then m.school_year = r.school_year
            and case r.role when 'head' then m.profile = 'staff' and m.function = 'DIR'
                            else m.profile = 'teacher' and m.class_id is not null end
          else m.profile in ('teacher', 'staff') end)
  ), under as (
    select id, origin from unnamed
    union
    select r.id, r.origin from rights r join under on r.granted_under = under.id
  )
  update rights set ended_at = new.until_at, end_reason = 'no longer named by the roster'
  where ended_at is null and id in (select id from under where origin <> 'roster');
  return null;
end $$;

create constraint trigger memberships_end_rights after update of until_at on memberships
  deferrable initially deferred for each row
  when (old.until_at is null and new.until_at is not null and new.profile in ('teacher', 'staff'))
  execute function rights_follow_roster();
