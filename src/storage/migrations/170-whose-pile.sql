-- Whose letters lie in a pile: its place alone does not tell, guardians' lie by class too.
alter table letter_batches add column whose text check (whose in ('pupils', 'guardians', 'staff'));
update letter_batches b set whose = coalesce(
  (select case m.profile when 'pupil' then 'pupils' when 'guardian' then 'guardians' else 'staff' end
   from letters l join memberships m on m.person = l.person and m.uai = b.uai
   where l.batch = b.id order by l.number, m.profile limit 1),
  'staff');
alter table letter_batches alter column whose set not null;
