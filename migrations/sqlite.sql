-- Written by `npm run schema`. Migrations: f99c32e53c03920b171b70fe921179fdd0f9587ad468fe1365bf90faedd41e8c

CREATE TABLE access_keys (
  id text not null primary key,
  tenant integer not null,
  sealed blob,
  -- full or read
  access text not null,
  created integer not null,
  last_used integer,
  uses integer not null,
  deleted_at integer
) strict;

CREATE INDEX access_keys_by_tenant on access_keys (tenant);

CREATE TABLE access_tokens (
  key integer primary key autoincrement,
  id text not null unique,
  tenant integer not null,
  -- The id of the row of the client.
  client text not null,
  -- The id of the client secret; null for an assertion.
  secret text,
  hash blob not null unique,
  ending text not null,
  -- full or read
  access text not null,
  scope text not null,
  created integer not null,
  expires integer not null,
  last_used integer,
  uses integer not null,
  -- When it was revoked, or replaced by newer ones.
  revoked_at integer
) strict;

CREATE INDEX access_tokens_by_client on access_tokens (client, key);

CREATE INDEX access_tokens_by_tenant on access_tokens (tenant, key);

CREATE TABLE account_assignments (
  tenant integer not null,
  -- In order of creation.
  id text not null,
  account text not null,
  -- The id of the permission set.
  permission_set text not null,
  -- User or Group
  principal_type text not null,
  principal_id text not null,
  -- The label of the principal when it was assigned.
  principal_name text not null,
  created_at integer not null,
  exchange text,
  deleted_at integer,
  deletion_exchange text,
  primary key (tenant, id)
) strict, without rowid;

CREATE INDEX account_assignments_by_account on account_assignments (tenant, account, id);

CREATE INDEX account_assignments_by_permission_set on account_assignments (tenant, permission_set, id);

CREATE INDEX account_assignments_by_principal on account_assignments (tenant, principal_id, id);

CREATE UNIQUE INDEX account_assignments_present
  on account_assignments (tenant, permission_set, account, principal_id) where deleted_at is null;

CREATE TABLE assignment_requests (
  tenant integer not null,
  -- In order of creation.
  id text not null,
  -- create, delete or provision
  kind text not null,
  at integer not null,
  permission_set text not null,
  -- Null if a permission set is provisioned to all accounts.
  account text,
  principal_type text,
  principal_id text,
  -- Null if it succeeded.
  failure text,
  primary key (tenant, id)
) strict, without rowid;

CREATE INDEX assignment_requests_by_kind on assignment_requests (tenant, kind, id);

CREATE TABLE audit (
  -- Begins with the time.
  id text not null primary key,
  -- Milliseconds since 1970.
  at integer not null,
  -- open, token, person or identity
  caller text not null,
  -- Of a person or an identity.
  issuer text,
  -- At the issuer, or the id of a token.
  subject text,
  name text,
  -- Seconds since the caller had authenticated.
  age integer,
  acr text,
  operation text not null,
  tenant text,
  address text not null,
  -- Null until the operation is complete.
  status integer,
  problem text,
  -- An array of the first ids, as JSON, and the number of all.
  objects text not null,
  object_count integer not null
) strict, without rowid;

CREATE TABLE client_secrets (
  key integer primary key,
  id text not null unique,
  tenant integer not null,
  -- The id of the row of the client.
  client text not null,
  hash blob not null,
  ending text not null,
  created integer not null,
  expires integer not null,
  last_used integer,
  uses integer not null,
  deleted_at integer
) strict;

CREATE INDEX client_secrets_by_client on client_secrets (client);

CREATE INDEX client_secrets_by_tenant on client_secrets (tenant);

CREATE TABLE console_tokens (
  id text not null primary key,
  name text not null unique,
  -- metrics, read, write or destroy
  level text not null,
  hash blob not null unique,
  ending text not null,
  created integer not null,
  expires integer not null,
  last_used integer,
  uses integer not null
) strict;

CREATE TABLE counts (
  tenant integer not null,
  type text not null,
  -- key >> 12
  block integer not null,
  n integer not null,
  primary key (tenant, type, block)
) strict, without rowid;

CREATE TABLE "deleted_resources" (
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

CREATE INDEX deleted_resources_by_id on deleted_resources (tenant, id);

CREATE INDEX deleted_resources_by_label on deleted_resources (tenant, type, folded_label) where successor is null;

CREATE INDEX deleted_resources_by_state on deleted_resources (tenant, type, state, key);

CREATE TABLE deliveries (
  key integer primary key,
  -- The message: the same for each URL.
  id text not null,
  -- A hash of the URL, which may be secret.
  target text not null,
  -- The type of the event.
  event text not null,
  body text not null,
  -- Milliseconds since 1970 by the machine's clock.
  added integer not null,
  unique (target, id)
) strict;

CREATE INDEX deliveries_by_target on deliveries (target, key);

CREATE TABLE finding_mutes (
  tenant integer not null,
  -- The id of a kind of finding.
  finding text not null,
  reason text not null,
  -- The name of the token or person that muted it; null at a console that requires neither.
  muted_by text,
  -- The server's time in milliseconds since 1970.
  at integer not null,
  primary key (tenant, finding)
) strict, without rowid;

CREATE TABLE history_starts (tenant integer primary key, since integer not null) strict;

CREATE TABLE identity (
  id text not null
) strict;

CREATE TABLE identity_center_instances (
  tenant integer primary key,
  name text not null
) strict;

CREATE TABLE indexed_attributes (
  tenant integer not null,
  type text not null,
  -- The text of a path, such as name.familyName.
  attribute text not null,
  -- The names on the path: a JSON array.
  path text not null,
  -- The index has the resources up to this key, and those that were written since; null once it has all.
  built_to integer,
  primary key (tenant, type, attribute)
) strict, without rowid;

CREATE TABLE indexed_texts (
  tenant integer not null,
  type text not null,
  attribute text not null,
  value text not null,
  resource integer not null,
  primary key (tenant, type, attribute, value, resource)
) strict, without rowid;

CREATE TABLE issuers (
  id text not null primary key,
  tenant integer not null,
  -- The server's time in milliseconds since 1970.
  created integer not null,
  -- A JSON object: name, access, and what its tokens must contain.
  settings text not null
) strict;

CREATE INDEX issuers_by_tenant on issuers (tenant);

CREATE TABLE journal_mark (
  -- From the table `owner` of the journal.
  journal text not null,
  position integer not null,
  -- When the journal had this position, by the server's clock in milliseconds since 1970.
  at integer not null
) strict;

CREATE TABLE keys (
  tenant integer not null,
  type text not null,
  attribute text not null,
  value text not null,
  resource integer not null,
  primary key (tenant, type, attribute, value, resource)
) strict, without rowid;

CREATE TABLE "last_seen" (
  key integer primary key,
  at integer not null
) strict;

CREATE TABLE membership_events (
  moment integer primary key,
  event text not null,
  at integer not null,
  exchange text,
  group_key integer not null,
  member_id text not null,
  member_key integer
, via text) strict;

CREATE INDEX membership_events_by_group on membership_events (group_key, moment);

CREATE INDEX membership_events_by_member on membership_events (member_key, moment)
  where member_key is not null;

CREATE INDEX membership_events_unresolved on membership_events (group_key, member_id, moment)
  where member_key is null;

CREATE TABLE "memberships" (
  key integer not null,
  tenant integer not null,
  group_key integer not null,
  member_id text not null,
  member_key integer,
  -- When it joined. Null only during the restore of a snapshot of an earlier version.
  at integer,
  via text, sent_display text,
  unique (group_key, member_id)
) strict;

CREATE INDEX memberships_by_group on memberships (group_key, key);

CREATE INDEX memberships_by_imported_id on memberships (tenant, json_extract(via, '$.membership')) where via is not null;

CREATE INDEX memberships_by_member on memberships (member_key, key, group_key) where member_key is not null;

CREATE INDEX memberships_unresolved on memberships (tenant, member_id, group_key) where member_key is null;

CREATE TABLE migrations (
      name text not null primary key, sha256 text not null, applied_at integer not null
    ) strict;

CREATE TABLE oauth_clients (
  key integer primary key,
  id text not null unique,
  tenant integer not null,
  -- The client ID, which clients send.
  client_id text not null,
  name text not null,
  -- full or read
  access text not null,
  -- Of access tokens, in seconds.
  token_lifetime integer not null,
  -- The assertions that it authenticates with, as JSON; null if it authenticates with secrets.
  assertion text,
  created integer not null,
  last_used integer,
  -- Issued access tokens.
  uses integer not null,
  deleted_at integer,
  unique (tenant, client_id)
) strict;

CREATE TABLE permission_sets (
  tenant integer not null,
  -- ps- and 16 hexadecimal digits
  id text not null,
  name text not null,
  -- What can be changed: description, session duration, relay state, tags and policies. A JSON object.
  content text not null,
  created_at integer not null,
  exchange text,
  deleted_at integer,
  deletion_exchange text,
  primary key (tenant, id)
) strict, without rowid;

CREATE UNIQUE INDEX permission_sets_by_name on permission_sets (tenant, name) where deleted_at is null;

CREATE TABLE resources (
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
  predecessor text, secrets text, era text,
  unique (tenant, id)
) strict;

CREATE INDEX resources_by_type on resources (tenant, type, key);

CREATE INDEX resources_disabled on resources (tenant, type, key) where enabled = 0;

CREATE TABLE tenants (
  key integer primary key autoincrement,
  id text not null unique,
  profile text not null,
  on_delete text not null,
  throttle text not null,
  -- A JSON object: switch to chosen value.
  switches text not null,
  clock_offset integer not null,
  created integer not null
, declared text not null default '{"schemas":[],"resourceTypes":[]}', session text, imported text, name text) strict;

CREATE TABLE tokens (
  id text not null primary key,
  tenant integer not null,
  hash blob not null unique,
  ending text not null,
  -- full or read
  access text not null,
  created integer not null,
  expires integer not null,
  last_used integer,
  uses integer not null,
  deleted_at integer
, name text) strict;

CREATE INDEX tokens_by_tenant on tokens (tenant);

CREATE TABLE unlisted_tenants (
  -- In the other tables. No other tenant gets it.
  key integer not null primary key,
  id text not null unique,
  -- The keys of resources and the moments that are reserved for the rows of a session, both ends included; 0 without any.
  first_resource integer not null default 0,
  last_resource integer not null default 0,
  last_moment integer not null default 0
) strict;

CREATE TABLE versions (
  moment integer primary key,
  resource_key integer not null,
  version integer not null,
  at integer not null,
  exchange text,
  action text not null,
  document text
, difference text, previous_document text, via text) strict;

CREATE INDEX versions_by_resource on versions (resource_key, moment);

insert into identity (id) values (lower(hex(randomblob(16))));
