-- Users, groups and whatever else has a type. All times are milliseconds since 1970 by the tenant's clock.
create table resources (
  -- Given by the store, in order of creation; never given again.
  key integer primary key,
  tenant integer not null,
  type text not null,
  id text not null,
  -- What a client may see, as the JSON text that leaves; without meta and without related resources.
  document text not null,
  -- The same as filters see it: canonical names, folded strings, with meta. JSONB.
  search blob not null,
  -- What it is looked up by, as a JSON array of [attribute, value]: the rows of the table `keys` that are its.
  keys text not null,
  version integer not null,
  created integer not null,
  last_modified integer not null,
  label text not null,
  display text not null,
  -- Label and display name, folded, for people who search.
  names text not null,
  enabled integer not null,
  -- The id of the deleted resource of the same label that this one follows.
  predecessor text,
  unique (tenant, id)
) strict;

create index resources_by_type on resources (tenant, type, key);
create index resources_disabled on resources (tenant, type, key) where enabled = 0;

-- The values that resources are looked up by, as an index by value; which values one has, its own row says.
create table keys (
  tenant integer not null,
  type text not null,
  attribute text not null,
  value text not null,
  resource integer not null,
  primary key (tenant, type, attribute, value, resource)
) strict, without rowid;

-- Who is in which group, in order of joining. member_key is null where member_id names nobody.
create table memberships (
  key integer primary key,
  tenant integer not null,
  group_key integer not null,
  member_id text not null,
  member_key integer,
  unique (group_key, member_id)
) strict;

create index memberships_by_group on memberships (group_key, key);
create index memberships_by_member on memberships (member_key, key) where member_key is not null;
create index memberships_unresolved on memberships (tenant, member_id, group_key) where member_key is null;

-- What became of each resource. `moment` orders both tables of history together.
create table versions (
  moment integer primary key,
  resource_key integer not null,
  version integer not null,
  at integer not null,
  exchange text,
  action text not null,
  document text
) strict;

create index versions_by_resource on versions (resource_key, moment);

create table membership_events (
  moment integer primary key,
  event text not null,
  at integer not null,
  exchange text,
  group_key integer not null,
  member_id text not null,
  member_key integer
) strict;

create index membership_events_by_group on membership_events (group_key, moment);
create index membership_events_by_member on membership_events (member_key, moment)
  where member_key is not null;

-- Resources that clients deleted, under the key they had. The document is kept while the state is 'retained'.
create table departed (
  key integer primary key,
  tenant integer not null,
  type text not null,
  id text not null,
  label text not null,
  folded_label text not null,
  display text not null,
  names text not null,
  document text,
  -- The groups it was in when it was deleted: a JSON array of {id, type, display}.
  groups text not null,
  version integer not null,
  created integer not null,
  last_written integer not null,
  deleted_at integer not null,
  exchange text,
  -- retained, removed or purged
  state text not null,
  predecessor text,
  successor text
) strict;

create index departed_by_id on departed (tenant, id);
-- For whoever comes next under the same label.
create index departed_by_label on departed (tenant, type, folded_label) where successor is null;
create index departed_by_state on departed (tenant, type, state, key);

-- When a client last asked about a resource. Apart from its row, which reading shall not rewrite.
create table sightings (
  key integer primary key,
  at integer not null
) strict;

-- How many resources of a type a tenant has, kept by whoever adds and removes them.
create table counts (
  tenant integer not null,
  type text not null,
  n integer not null,
  primary key (tenant, type)
) strict, without rowid;
