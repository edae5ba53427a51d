-- How a change was requested: a JSON object with `api` and `accessKey`; null for SCIM and the console.
alter table versions add column via text;
alter table membership_events add column via text;

-- A key identifies a joining: it is the moment of its event, and a restore of a snapshot keeps it, so it is not unique over all
-- tenants. Earlier keys were given again.
create table new_memberships (
  key integer not null,
  tenant integer not null,
  group_key integer not null,
  member_id text not null,
  member_key integer,
  -- When it joined. Null only during the restore of a snapshot of an earlier version.
  at integer,
  via text,
  unique (group_key, member_id)
) strict;

insert into new_memberships (key, tenant, group_key, member_id, member_key)
select key, tenant, group_key, member_id, member_key from memberships order by key;
drop table memberships;
alter table new_memberships rename to memberships;

create index memberships_by_group on memberships (group_key, key);
create index memberships_by_member on memberships (member_key, key) where member_key is not null;
create index memberships_unresolved on memberships (tenant, member_id, group_key) where member_key is null;

-- Every joining has an event. The group's creation replaces a missing one.
update memberships as m set (key, at) = (
  select coalesce(max(e.moment), m.key), coalesce(e.at, (select r.created from resources r where r.key = m.group_key), 0)
  from membership_events e
  where e.event = 'added' and e.group_key = m.group_key and (
    e.member_key = m.member_key or (m.member_key is null and e.member_key is null and e.member_id = m.member_id)));
