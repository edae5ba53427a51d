-- The tables of migrations/sqlite up to 0023 and of migrations/sqlite-journal. Each key begins with the tenant, so that tenants
-- can be distributed over servers. Texts that are compared or sorted have the collation "C": the order of code points, as in
-- SQLite. Times are milliseconds since 1970, by the tenant's clock unless a comment names the server's.

create table identity (
  -- Snapshots name the database that they were saved from.
  id text not null
);

insert into identity (id) values (replace(gen_random_uuid()::text, '-', ''));

create table tenants (
  key bigint generated always as identity primary key,
  id text collate "C" not null unique,
  profile text not null,
  on_delete text not null,
  throttle text not null,
  -- An object: switch to chosen value.
  switches jsonb not null,
  clock_offset bigint not null,
  -- By the server's clock.
  created bigint not null,
  -- An object with `schemas` and `resourceTypes`, as in RFC 7643 sections 6 and 7.
  declared jsonb not null default '{"schemas":[],"resourceTypes":[]}',
  -- The last change (see 0002).
  epoch bigint not null default 0
);

-- Access tokens, of which only a hash is stored. Deleted ones stay, so that they are still recognized.
create table tokens (
  id text collate "C" primary key,
  -- In order of creation.
  key bigint generated always as identity,
  tenant bigint not null,
  hash bytea not null unique,
  ending text not null,
  -- full or read
  access text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  uses bigint not null,
  -- When an instance last added its uses, by the database's clock.
  counted timestamptz,
  deleted_at bigint,
  epoch bigint not null default 0
);

create index tokens_by_tenant on tokens (tenant);

-- Access keys for the AWS APIs. Their secrets are encrypted with a key that is not in the database. Deleted keys stay without
-- their secrets, so that they are still recognized. Times are the tenant's.
create table access_keys (
  id text collate "C" primary key,
  -- In order of creation.
  key bigint generated always as identity,
  tenant bigint not null,
  sealed bytea,
  -- full or read
  access text not null,
  created bigint not null,
  last_used bigint,
  uses bigint not null,
  -- When an instance last added its uses, by the database's clock.
  counted timestamptz,
  deleted_at bigint,
  epoch bigint not null default 0
);

create index access_keys_by_tenant on access_keys (tenant);

create sequence resource_key;
create sequence membership_key;
-- Orders versions and membership events together. Transactions may commit in another order.
create sequence moment;

create table resources (
  tenant bigint not null,
  -- In order of creation, over all tenants; never reused.
  key bigint not null,
  type text collate "C" not null,
  id text collate "C" not null,
  -- The JSON text that clients see, without meta and related resources. Not JSONB, which would reorder its members.
  document text not null,
  -- The same in the form for filters: canonical names, folded strings, with meta.
  search jsonb not null,
  -- The resource's rows of the table `keys`: an array of [attribute, value], with whole values.
  keys jsonb not null,
  secrets text,
  version integer not null,
  -- The restore of a snapshot that brought the resource back; null if there was none.
  era text,
  created bigint not null,
  last_modified bigint not null,
  label text collate "C" not null,
  display text collate "C" not null,
  -- PostgreSQL cannot fold texts as filters compare them.
  folded_display text collate "C" not null,
  -- Label and display name, folded, for searches by people.
  names text collate "C" not null,
  enabled boolean not null,
  -- The id of the deleted resource with the same label that this one follows.
  predecessor text,
  primary key (tenant, key)
) with (fillfactor = 85);

create unique index resources_by_id on resources (tenant, id);
create index resources_by_type on resources (tenant, type, key);
create index resources_disabled on resources (tenant, type, key) where not enabled;

-- The values by which resources are looked up.
create table keys (
  tenant bigint not null,
  type text collate "C" not null,
  attribute text collate "C" not null,
  -- An index entry has a maximum size: a long value is cut and ends with its hash.
  value text collate "C" not null,
  -- 0 for an exclusive value, the resource's key for any other: one index finds both, and rejects duplicates.
  rival bigint not null,
  resource bigint not null,
  -- The value, if it was cut.
  whole text collate "C",
  primary key (tenant, type, attribute, value, rival)
);

-- Attributes that lists of many resources were filtered or sorted by.
create table indexed_attributes (
  tenant bigint not null,
  type text collate "C" not null,
  -- The text of a path, such as name.familyName.
  attribute text collate "C" not null,
  -- The names on the path.
  path text[] not null,
  -- The index has the resources up to this key, and those that were written since; null once it has all.
  built_to bigint,
  primary key (tenant, type, attribute)
);

-- The texts of these attributes, folded if the attribute ignores case.
create table indexed_texts (
  tenant bigint not null,
  type text collate "C" not null,
  attribute text collate "C" not null,
  -- Cut as in `keys`.
  value text collate "C" not null,
  resource bigint not null,
  whole text collate "C",
  primary key (tenant, type, attribute, value, resource)
);

-- The members of groups, in order of joining. member_key is null if no resource has the id.
create table memberships (
  tenant bigint not null,
  -- Identifies the joining; never given again, and kept by a restore.
  key bigint not null,
  group_key bigint not null,
  -- Cut as in `keys`: an id that no resource has may be long.
  member_id text collate "C" not null,
  member_key bigint,
  -- The id, if it was cut.
  whole text collate "C",
  -- When it joined.
  at bigint not null,
  -- As in `versions`.
  via text,
  primary key (tenant, group_key, member_id)
);

-- Keys of resources are unique over all tenants, and relations are read by them alone.
create index memberships_by_group on memberships (group_key, key);
create index memberships_by_member on memberships (member_key, key) where member_key is not null;
create index memberships_unresolved on memberships (tenant, member_id, group_key) where member_key is null;

-- The history of each resource.
create table versions (
  tenant bigint not null,
  resource_key bigint not null,
  moment bigint not null,
  version integer not null,
  at bigint not null,
  exchange text collate "C",
  -- How the change was requested: a JSON object with `api` and `accessKey`; null for SCIM and the console.
  via text,
  action text not null,
  document text,
  -- How the document is made of the last one before it that is stored whole: an array of texts and of [start, length].
  difference text,
  -- The document of the version before, if that version's own row lacks it.
  previous_document text,
  primary key (tenant, resource_key, moment)
);

create index versions_by_exchange on versions (tenant, exchange) where exchange is not null;
create index versions_by_time on versions (tenant, at);

create table membership_events (
  tenant bigint not null,
  group_key bigint not null,
  moment bigint not null,
  event text not null,
  at bigint not null,
  exchange text collate "C",
  via text,
  -- Cut as in `memberships`.
  member_id text collate "C" not null,
  member_key bigint,
  whole text collate "C",
  primary key (tenant, group_key, moment)
);

create index membership_events_by_member on membership_events (tenant, member_key, moment) where member_key is not null;
create index membership_events_unresolved on membership_events (tenant, group_key, member_id, moment)
  where member_key is null;
create index membership_events_by_exchange on membership_events (tenant, exchange) where exchange is not null;
create index membership_events_by_time on membership_events (tenant, at);

-- Resources that clients deleted, with their former keys. The document is kept while the state is 'retained'.
create table deleted_resources (
  tenant bigint not null,
  key bigint not null,
  type text collate "C" not null,
  id text collate "C" not null,
  label text collate "C" not null,
  folded_label text collate "C" not null,
  display text collate "C" not null,
  names text collate "C" not null,
  document text,
  -- The groups that contained it when it was deleted: an array of {id, type, display}.
  groups jsonb not null,
  version integer not null,
  created bigint not null,
  last_written bigint not null,
  deleted_at bigint not null,
  exchange text collate "C",
  -- retained, removed or purged
  state text collate "C" not null,
  predecessor text,
  successor text,
  primary key (tenant, key)
);

create index deleted_resources_by_id on deleted_resources (tenant, id);
create index deleted_resources_by_label on deleted_resources (tenant, type, left(folded_label, 256)) where successor is null;
create index deleted_resources_by_state on deleted_resources (tenant, type, state, key);

-- When a client last sent a request about a resource.
create table last_seen (
  tenant bigint not null,
  key bigint not null,
  at bigint not null,
  primary key (tenant, key)
);

-- The number of resources by type and block of 4096 keys. Each connection that writes has a slot, so that transactions do not
-- wait for each other.
create table counts (
  tenant bigint not null,
  type text collate "C" not null,
  -- key >> 12
  block bigint not null,
  slot integer not null,
  n integer not null,
  primary key (tenant, type, block, slot)
);

-- Permission sets and account assignments of the SSO Admin API. Deleted ones stay, so that access at any earlier moment is known.
create table permission_sets (
  tenant bigint not null,
  -- ps- and 16 hexadecimal digits
  id text collate "C" not null,
  name text collate "C" not null,
  -- What can be changed: description, session duration, relay state, tags and policies. A JSON object.
  content text not null,
  created_at bigint not null,
  exchange text collate "C",
  deleted_at bigint,
  deletion_exchange text collate "C",
  primary key (tenant, id)
);

create unique index permission_sets_by_name on permission_sets (tenant, name) where deleted_at is null;

create table account_assignments (
  tenant bigint not null,
  -- In order of creation.
  id text collate "C" not null,
  account text collate "C" not null,
  -- The id of the permission set.
  permission_set text collate "C" not null,
  -- User or Group
  principal_type text collate "C" not null,
  principal_id text collate "C" not null,
  -- The label of the principal when it was assigned.
  principal_name text not null,
  created_at bigint not null,
  exchange text collate "C",
  deleted_at bigint,
  deletion_exchange text collate "C",
  primary key (tenant, id)
);

create unique index account_assignments_present
  on account_assignments (tenant, permission_set, account, principal_id) where deleted_at is null;
create index account_assignments_by_account on account_assignments (tenant, account, id);
create index account_assignments_by_permission_set on account_assignments (tenant, permission_set, id);
create index account_assignments_by_principal on account_assignments (tenant, principal_id, id);

-- Requests whose outcome is reported by another one: to assign, to delete an assignment, to provision a permission set.
create table assignment_requests (
  tenant bigint not null,
  -- In order of creation.
  id text collate "C" not null,
  -- create, delete or provision
  kind text collate "C" not null,
  at bigint not null,
  permission_set text collate "C" not null,
  -- Null if a permission set is provisioned to all accounts.
  account text collate "C",
  principal_type text collate "C",
  principal_id text collate "C",
  -- Null if it succeeded.
  failure text collate "C",
  primary key (tenant, id)
);

create index assignment_requests_by_kind on assignment_requests (tenant, kind, id);

-- Requests to the SCIM listener with their responses, secrets removed. Ids are UUIDs of version 7, so their order is that of
-- time, and partitions are ranges of ids.
create table exchanges (
  -- The tenant's id, not its key: a request may name a tenant that does not exist. Empty if it names none. Cut as in `keys`.
  tenant text collate "C" not null default '',
  id text collate "C" not null,
  -- By the server's clock.
  at bigint not null,
  method text not null,
  url text not null,
  status integer not null,
  -- What the request does: create, update, disable, look-up, probe and so on.
  operation text not null,
  -- The state that a PATCH or PUT gave the resource.
  enabled boolean,
  -- Resources in the response to a list.
  results integer,
  -- Members that a PATCH lists.
  members_added integer,
  members_removed integer,
  -- Operations of a bulk request.
  bulk_operations integer,
  -- The sentence made from these columns, for people and full-text searches.
  action text not null,
  -- identity-store, sso-admin or sts; null for SCIM.
  api text,
  -- The operation by AWS's name: UpdateUser.
  api_operation text,
  -- The id of the access key that the request names.
  access_key text,
  target_type text,
  target_id text collate "C",
  target_label text,
  -- An object: times, token, refusal, rule, profile, address, and the headers of both messages, whose order is kept.
  details json not null,
  request_body text,
  response_body text,
  primary key (tenant, id)
) partition by range (id);

create index exchanges_by_id on exchanges (id);
-- Exchanges are deleted by age. Their times are in the order in which they are stored, apart from a clock that was set back, so this
-- index is small and costs writes nothing.
create index exchanges_by_time on exchanges using brin (at) with (pages_per_range = 16, autosummarize = on);
create index exchanges_by_target on exchanges (tenant, left(target_id, 256), id) where target_id is not null;

-- For ids outside the partitions of days. Nothing is lost if those are created late.
create table exchanges_other partition of exchanges default;

-- Exchanges that are not analyzed yet.
create table unanalyzed_exchanges (
  tenant text collate "C" not null,
  id text collate "C" not null,
  primary key (id, tenant)
);

-- What each write to the journal added, for the subscriptions of other instances; kept for a minute. By the database's clock.
create table exchange_batches (
  number bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- The journal that wrote it.
  writer text collate "C" not null,
  -- The exchanges, in order of recording.
  tenants text[] not null,
  ids text[] not null
);

-- Rises whenever results are deleted: an analysis that continues earlier results is rejected. One row.
create table analysis_generation (
  generation bigint not null
);

insert into analysis_generation (generation) values (1);

-- The results of the analysis, per exchange.
create table exchange_notes (
  tenant text collate "C" not null,
  id text collate "C" not null,
  -- The cycle's id.
  cycle text,
  -- default, aadOptscim062020 or other
  dialect text,
  -- An array of the ids of findings.
  findings jsonb not null,
  -- entra, service, compliance, sample or ad-hoc
  client text,
  primary key (tenant, id)
);

-- Requests of one tenant and client that belong together. The id is that of the first one.
create table cycles (
  tenant text collate "C" not null,
  id text collate "C" not null,
  started bigint not null,
  last bigint not null,
  -- An object: kind, client, token, dialect, times by the tenant's clock, and the numbers of requests.
  summary jsonb not null,
  primary key (tenant, id)
);

create index cycles_by_client on cycles (
  tenant, (summary ->> 'client'), (summary #>> '{token,id}'), left(summary ->> 'userAgent', 256), id
);
create index cycles_by_kind on cycles (tenant, (summary ->> 'client'), (summary ->> 'kind'), id);

-- Problems found in an exchange: one row per subject.
create table findings (
  tenant text collate "C" not null,
  -- The exchange's id.
  exchange text collate "C" not null,
  -- The place among the findings of the exchange.
  nth integer not null,
  finding text collate "C" not null,
  at bigint not null,
  subject text,
  detail text not null,
  -- provisioning, compliance or ad-hoc
  origin text collate "C" not null default 'provisioning',
  primary key (tenant, exchange, nth)
);

create index findings_by_tenant on findings (tenant, finding, origin, exchange);

-- Steps of the setup that a tenant's clients have completed, each with its first evidence.
create table setup_steps (
  -- The tenant's id.
  tenant text collate "C" not null,
  step text collate "C" not null,
  -- By the server's clock; null if only the tenant's time is known.
  at bigint,
  tenant_time bigint not null,
  exchange text,
  user_agent text,
  primary key (tenant, step)
);

-- The clock by which exchanges are deleted because of their age: one row, from the first pruning on. Server's time.
create table pruning_clock (
  -- The latest time of a pruning.
  trusted bigint not null,
  -- Since when the server's clock has been more than a day ahead of it; null while it is not.
  ahead_since bigint
);
