-- Which database this is: snapshots name the one that they were saved from, and tenants' keys mean something only there.
create table identity (
  id text not null
) strict;

insert into identity (id) values (lower(hex(randomblob(16))));

-- Rows of tenants that were deleted while the server was killed, and last requests for resources that were gone by then.
create temp table unowned as
select key from resources where tenant not in (select key from tenants)
union all select key from departed where tenant not in (select key from tenants);

delete from versions where resource_key in (select key from unowned);
delete from membership_events where group_key in (select key from unowned);
delete from memberships where group_key in (select key from unowned);
delete from keys where tenant not in (select key from tenants);
delete from counts where tenant not in (select key from tenants);
delete from departed where tenant not in (select key from tenants);
delete from resources where tenant not in (select key from tenants);
delete from sightings
where not exists (select 1 from resources r where r.key = sightings.key)
  and not exists (select 1 from departed d where d.key = sightings.key);

drop table unowned;
