-- A school's plans, and an académie's, among those of all the others: the first place says whose a plan is.
create index roster_plans_school on roster_plans ((summary #>> '{places,0,uai}'), made_at);
create index roster_plans_academie on roster_plans ((summary #>> '{places,0,academie}'), made_at);
