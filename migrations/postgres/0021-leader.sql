-- usable-since: 0020
-- What only running instances need is not in the log of the database: a crash or a failover empties these tables. Instances notice
-- that the row `leader` is missing, register again, and wait for the leases of instances that they do not know.
alter table buckets set unlogged;
alter table walks set unlogged;
alter table walk_parts set unlogged;
alter table bulletin set unlogged;
-- Waits for a batch of the analysis. Renewals of running instances wait only after that.
alter table leases set unlogged;
alter table instances set unlogged;

-- One instance, the leader, does the work that had a lease of its own before. It holds all of these, so that an instance of an earlier
-- release gets none of them meanwhile.
insert into leases (name, number, holder, until)
select name, 0, null, '-infinity'
from unnest(array['leader', 'analysis', 'housekeeping', 'removed-tenants', 'text-index', 'webhooks']) as name
on conflict (name) do nothing;

-- Each renewal of the leader's lease asks whether there are any.
create index indexed_attributes_unfinished on indexed_attributes (tenant) where built_to is not null;
