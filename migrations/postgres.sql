-- Written by `npm run schema`. Migrations: 0c94c4b306a220dfa79984d4dd1457f41487e0e891b6861d66f0e906be185695

create sequence membership_key;
create sequence moment;
create sequence resource_key;

create table access_keys (
  id text collate "C" not null,
  key bigint not null generated always as identity,
  tenant bigint not null,
  sealed bytea,
  access text not null,
  created bigint not null,
  last_used bigint,
  uses bigint not null,
  counted timestamp with time zone,
  deleted_at bigint,
  epoch bigint not null default 0,
  constraint access_keys_pkey PRIMARY KEY (id)
);
CREATE INDEX access_keys_by_tenant ON access_keys USING btree (tenant);
CREATE INDEX access_keys_by_epoch ON access_keys USING btree (epoch);
CREATE INDEX access_keys_by_use ON access_keys USING btree (counted) WHERE counted IS NOT NULL;

create table access_tokens (
  id text collate "C" not null,
  key bigint not null generated always as identity,
  tenant bigint not null,
  client text collate "C" not null,
  secret text collate "C",
  hash bytea not null,
  ending text not null,
  access text not null,
  scope text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  uses bigint not null,
  counted timestamp with time zone,
  revoked_at bigint,
  epoch bigint not null default 0,
  constraint access_tokens_pkey PRIMARY KEY (tenant, id),
  constraint access_tokens_tenant_hash_key UNIQUE (tenant, hash)
);
CREATE INDEX access_tokens_by_tenant ON access_tokens USING btree (tenant, key);
CREATE INDEX access_tokens_by_epoch ON access_tokens USING btree (epoch) WHERE epoch > 0;
CREATE INDEX access_tokens_by_use ON access_tokens USING btree (counted) WHERE counted IS NOT NULL;
CREATE INDEX access_tokens_by_id ON access_tokens USING btree (id);
CREATE INDEX access_tokens_by_hash ON access_tokens USING btree (hash);
CREATE INDEX access_tokens_by_client ON access_tokens USING btree (tenant, client, key);

create table account_assignments (
  tenant bigint not null,
  id text collate "C" not null,
  account text collate "C" not null,
  permission_set text collate "C" not null,
  principal_type text collate "C" not null,
  principal_id text collate "C" not null,
  principal_name text not null,
  created_at bigint not null,
  exchange text collate "C",
  deleted_at bigint,
  deletion_exchange text collate "C",
  constraint account_assignments_pkey PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX account_assignments_present ON account_assignments USING btree (tenant, permission_set, account, principal_id) WHERE deleted_at IS NULL;
CREATE INDEX account_assignments_by_account ON account_assignments USING btree (tenant, account, id);
CREATE INDEX account_assignments_by_permission_set ON account_assignments USING btree (tenant, permission_set, id);
CREATE INDEX account_assignments_by_principal ON account_assignments USING btree (tenant, principal_id, id);

create table analysis_generation (
  generation bigint not null
);
insert into analysis_generation (generation) values (1);

create table assignment_requests (
  tenant bigint not null,
  id text collate "C" not null,
  kind text collate "C" not null,
  at bigint not null,
  permission_set text collate "C" not null,
  account text collate "C",
  principal_type text collate "C",
  principal_id text collate "C",
  failure text collate "C",
  constraint assignment_requests_pkey PRIMARY KEY (tenant, id)
);
CREATE INDEX assignment_requests_by_kind ON assignment_requests USING btree (tenant, kind, id);

create table audit (
  id text collate "C" not null,
  at bigint not null,
  caller text collate "C" not null,
  issuer text,
  subject text,
  name text,
  age bigint,
  acr text,
  operation text not null,
  tenant text collate "C",
  address text not null,
  status integer,
  problem text,
  objects jsonb not null,
  object_count integer not null,
  constraint audit_pkey PRIMARY KEY (id)
);

create unlogged table buckets (
  tenant bigint not null,
  kind text collate "C" not null,
  available double precision not null,
  filled timestamp with time zone not null,
  constraint buckets_pkey PRIMARY KEY (tenant, kind)
);

create unlogged table bulletin (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default clock_timestamp(),
  instance text collate "C" not null,
  event jsonb not null,
  constraint bulletin_pkey PRIMARY KEY (id)
);
CREATE INDEX bulletin_by_time ON bulletin USING btree (at);

create table client_secrets (
  id text collate "C" not null,
  key bigint not null generated always as identity,
  tenant bigint not null,
  client text collate "C" not null,
  hash bytea not null,
  ending text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  uses bigint not null,
  counted timestamp with time zone,
  deleted_at bigint,
  epoch bigint not null default 0,
  constraint client_secrets_pkey PRIMARY KEY (id)
);
CREATE INDEX client_secrets_by_client ON client_secrets USING btree (client);
CREATE INDEX client_secrets_by_tenant ON client_secrets USING btree (tenant);
CREATE INDEX client_secrets_by_epoch ON client_secrets USING btree (epoch);
CREATE INDEX client_secrets_by_use ON client_secrets USING btree (counted) WHERE counted IS NOT NULL;

create table console_sessions (
  hash bytea not null,
  id text collate "C" not null,
  issuer text not null,
  subject text not null,
  name text,
  role text not null,
  authenticated bigint,
  acr text,
  created bigint not null,
  last_used bigint not null,
  expires bigint not null,
  constraint console_sessions_pkey PRIMARY KEY (hash),
  constraint console_sessions_id_key UNIQUE (id)
);

create table console_tokens (
  id text collate "C" not null,
  key bigint not null generated always as identity,
  name text collate "C" not null,
  level text not null,
  hash bytea not null,
  ending text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  uses bigint not null,
  counted timestamp with time zone,
  epoch bigint not null default 0,
  constraint console_tokens_pkey PRIMARY KEY (id),
  constraint console_tokens_hash_key UNIQUE (hash),
  constraint console_tokens_name_key UNIQUE (name)
);
CREATE INDEX console_tokens_by_epoch ON console_tokens USING btree (epoch);
CREATE INDEX console_tokens_by_use ON console_tokens USING btree (counted) WHERE counted IS NOT NULL;

create table counts (
  tenant bigint not null,
  type text collate "C" not null,
  block bigint not null,
  slot integer not null,
  n integer not null,
  constraint counts_pkey PRIMARY KEY (tenant, type, block, slot)
);

create table cycles (
  tenant text collate "C" not null,
  id text collate "C" not null,
  started bigint not null,
  last bigint not null,
  summary jsonb not null,
  constraint cycles_pkey PRIMARY KEY (tenant, id)
);
CREATE INDEX cycles_by_client ON cycles USING btree (tenant, (summary ->> 'client'::text), (summary #>> '{token,id}'::text[]), "left"(summary ->> 'userAgent'::text, 256), id);
CREATE INDEX cycles_by_kind ON cycles USING btree (tenant, (summary ->> 'client'::text), (summary ->> 'kind'::text), id);

create table default_retention (
  bytes bigint not null
);
insert into default_retention (bytes) values (1000000000);

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
  groups jsonb not null,
  version integer not null,
  created bigint not null,
  last_written bigint not null,
  deleted_at bigint not null,
  exchange text collate "C",
  state text collate "C" not null,
  predecessor text,
  successor text,
  constraint deleted_resources_pkey PRIMARY KEY (tenant, key)
);
CREATE INDEX deleted_resources_by_id ON deleted_resources USING btree (tenant, id);
CREATE INDEX deleted_resources_by_label ON deleted_resources USING btree (tenant, type, "left"(folded_label, 256)) WHERE successor IS NULL;
CREATE INDEX deleted_resources_by_state ON deleted_resources USING btree (tenant, type, state, key);

create table deliveries (
  key bigint not null generated always as identity,
  id text collate "C" not null,
  target text collate "C" not null,
  event text not null,
  body text not null,
  added timestamp with time zone not null default clock_timestamp(),
  constraint deliveries_pkey PRIMARY KEY (key),
  constraint deliveries_target_id_key UNIQUE (target, id)
);
CREATE INDEX deliveries_by_target ON deliveries USING btree (target, key);

create table epoch_marks (
  n bigint not null,
  mark uuid not null,
  constraint epoch_marks_pkey PRIMARY KEY (n)
);
insert into epoch_marks (n, mark) values (0, gen_random_uuid());

create table epochs (
  one boolean not null default true,
  n bigint not null,
  constraint epochs_pkey PRIMARY KEY (one),
  constraint epochs_one_check CHECK (one)
);
insert into epochs (n) values (0);

create table exchange_amounts (
  writer text collate "C" not null,
  unauthenticated boolean not null,
  exchanges bigint not null,
  bytes bigint not null,
  constraint exchange_amounts_pkey PRIMARY KEY (writer, unauthenticated)
);
insert into exchange_amounts (writer, unauthenticated, exchanges, bytes) values ('', false, 0, 0);

create table exchange_batches (
  number bigint not null generated always as identity,
  at timestamp with time zone not null default clock_timestamp(),
  writer text collate "C" not null,
  tenants text[] not null,
  ids text[] not null,
  constraint exchange_batches_pkey PRIMARY KEY (number)
);

create table exchange_notes (
  tenant text collate "C" not null,
  id text collate "C" not null,
  cycle text,
  dialect text,
  findings jsonb not null,
  client text,
  product text,
  evidence text,
  constraint exchange_notes_pkey PRIMARY KEY (tenant, id)
);

create table exchanges (
  tenant text collate "C" not null default ''::text,
  id text collate "C" not null,
  at bigint not null,
  method text not null,
  url text not null,
  status integer not null,
  operation text not null,
  enabled boolean,
  results integer,
  members_added integer,
  members_removed integer,
  bulk_operations integer,
  action text not null,
  api text,
  api_operation text,
  access_key text,
  target_type text,
  target_id text collate "C",
  target_label text,
  details json not null,
  request_body text,
  response_body text,
  unauthenticated boolean,
  bytes integer,
  constraint exchanges_pkey PRIMARY KEY (tenant, id)
) partition by range (id);
CREATE INDEX exchanges_by_id ON exchanges USING btree (id);
CREATE INDEX exchanges_by_time ON exchanges USING brin (at) WITH (pages_per_range='16', autosummarize='on');
CREATE INDEX exchanges_by_target ON exchanges USING btree (tenant, "left"(target_id, 256), id) WHERE target_id IS NOT NULL;
CREATE INDEX exchanges_unauthenticated ON exchanges USING btree (id) WHERE unauthenticated;
CREATE INDEX exchanges_failed ON exchanges USING btree (tenant, at, id) WHERE status >= 400 AND api IS NULL;

create table faults (
  id text collate "C" not null,
  key bigint not null generated always as identity,
  definition jsonb not null,
  active_since bigint not null,
  matched bigint not null default 0,
  hits bigint not null default 0,
  last_hit bigint,
  epoch bigint not null,
  constraint faults_pkey PRIMARY KEY (id)
);

create table finding_mutes (
  tenant bigint not null,
  finding text collate "C" not null,
  reason text not null,
  muted_by text,
  at bigint not null,
  epoch bigint not null default 0,
  constraint finding_mutes_pkey PRIMARY KEY (tenant, finding)
);
CREATE INDEX finding_mutes_by_epoch ON finding_mutes USING btree (epoch);

create table findings (
  tenant text collate "C" not null,
  exchange text collate "C" not null,
  nth integer not null,
  finding text collate "C" not null,
  at bigint not null,
  subject text,
  detail text not null,
  origin text collate "C" not null default 'provisioning'::text,
  constraint findings_pkey PRIMARY KEY (tenant, exchange, nth)
);
CREATE INDEX findings_by_tenant ON findings USING btree (tenant, finding, origin, exchange);

create table history_starts (
  tenant bigint not null,
  since bigint not null,
  constraint history_starts_pkey PRIMARY KEY (tenant)
);

create table identity (
  id text not null
);
insert into identity (id) values (replace(gen_random_uuid()::text, '-', ''));

create table identity_center_instances (
  tenant bigint not null,
  name text not null,
  constraint identity_center_instances_pkey PRIMARY KEY (tenant)
);

create table indexed_attributes (
  tenant bigint not null,
  type text collate "C" not null,
  attribute text collate "C" not null,
  path text[] not null,
  built_to bigint,
  constraint indexed_attributes_pkey PRIMARY KEY (tenant, type, attribute)
);
CREATE INDEX indexed_attributes_unfinished ON indexed_attributes USING btree (tenant) WHERE built_to IS NOT NULL;

create table indexed_texts (
  tenant bigint not null,
  type text collate "C" not null,
  attribute text collate "C" not null,
  value text collate "C" not null,
  resource bigint not null,
  whole text collate "C",
  constraint indexed_texts_pkey PRIMARY KEY (tenant, type, attribute, value, resource)
);

create unlogged table instances (
  id text collate "C" not null,
  started timestamp with time zone not null,
  migration text collate "C" not null,
  seen bigint not null,
  until timestamp with time zone not null,
  written_until bigint,
  constraint instances_pkey PRIMARY KEY (id)
);

create table issuers (
  id text collate "C" not null,
  key bigint not null generated always as identity,
  tenant bigint not null,
  created bigint not null,
  settings json not null,
  epoch bigint not null default 0,
  constraint issuers_pkey PRIMARY KEY (id)
);
CREATE INDEX issuers_by_tenant ON issuers USING btree (tenant);
CREATE INDEX issuers_by_epoch ON issuers USING btree (epoch);

create table keys (
  tenant bigint not null,
  type text collate "C" not null,
  attribute text collate "C" not null,
  value text collate "C" not null,
  rival bigint not null,
  resource bigint not null,
  whole text collate "C",
  constraint keys_pkey PRIMARY KEY (tenant, type, attribute, value, rival)
);

create table last_seen (
  tenant bigint not null,
  key bigint not null,
  at bigint not null,
  constraint last_seen_pkey PRIMARY KEY (tenant, key)
);

create unlogged table leases (
  name text collate "C" not null,
  number bigint not null,
  holder text collate "C",
  until timestamp with time zone not null,
  constraint leases_pkey PRIMARY KEY (name)
);
insert into leases (name, number, until)
select name, 0, '-infinity' from unnest(array['leader', 'analysis', 'housekeeping', 'removed-tenants', 'text-index', 'webhooks']) as name;

create table membership_events (
  tenant bigint not null,
  group_key bigint not null,
  moment bigint not null,
  event text not null,
  at bigint not null,
  exchange text collate "C",
  via text,
  member_id text collate "C" not null,
  member_key bigint,
  whole text collate "C",
  constraint membership_events_pkey PRIMARY KEY (tenant, group_key, moment)
);
CREATE INDEX membership_events_by_member ON membership_events USING btree (tenant, member_key, moment) WHERE member_key IS NOT NULL;
CREATE INDEX membership_events_unresolved ON membership_events USING btree (tenant, group_key, member_id, moment) WHERE member_key IS NULL;
CREATE INDEX membership_events_by_exchange ON membership_events USING btree (tenant, exchange) WHERE exchange IS NOT NULL;
CREATE INDEX membership_events_by_time ON membership_events USING btree (tenant, at);

create table memberships (
  tenant bigint not null,
  key bigint not null,
  group_key bigint not null,
  member_id text collate "C" not null,
  member_key bigint,
  whole text collate "C",
  at bigint not null,
  via text,
  sent_display text,
  folded_sent_display text,
  constraint memberships_pkey PRIMARY KEY (tenant, group_key, member_id)
);
CREATE INDEX memberships_unresolved ON memberships USING btree (tenant, member_id, group_key) WHERE member_key IS NULL;
CREATE INDEX memberships_by_imported_id ON memberships USING btree (tenant, "substring"(via, '"membership":"([^"]*)"'::text) COLLATE "C") WHERE via IS NOT NULL;
CREATE INDEX memberships_by_group ON memberships USING btree (tenant, group_key, key);
CREATE INDEX memberships_by_member ON memberships USING btree (tenant, member_key, key) WHERE member_key IS NOT NULL;

create table migrations (
  name text not null,
  sha256 text not null,
  applied_at bigint not null,
  usable_since text collate "C" not null,
  constraint migrations_pkey PRIMARY KEY (name)
);

create table oauth_clients (
  id text collate "C" not null,
  key bigint not null generated always as identity,
  tenant bigint not null,
  client_id text collate "C" not null,
  name text not null,
  access text not null,
  token_lifetime integer not null,
  assertion text,
  created bigint not null,
  last_used bigint,
  uses bigint not null,
  counted timestamp with time zone,
  deleted_at bigint,
  epoch bigint not null default 0,
  constraint oauth_clients_pkey PRIMARY KEY (id),
  constraint oauth_clients_tenant_client_id_key UNIQUE (tenant, client_id)
);
CREATE INDEX oauth_clients_by_epoch ON oauth_clients USING btree (epoch);
CREATE INDEX oauth_clients_by_use ON oauth_clients USING btree (counted) WHERE counted IS NOT NULL;

create table permission_sets (
  tenant bigint not null,
  id text collate "C" not null,
  name text collate "C" not null,
  content text not null,
  created_at bigint not null,
  exchange text collate "C",
  deleted_at bigint,
  deletion_exchange text collate "C",
  constraint permission_sets_pkey PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX permission_sets_by_name ON permission_sets USING btree (tenant, name) WHERE deleted_at IS NULL;

create table pruning_clock (
  trusted bigint not null,
  ahead_since bigint
);

create table removals (
  epoch bigint not null,
  kind text collate "C" not null,
  key text collate "C" not null,
  constraint removals_pkey PRIMARY KEY (epoch, kind, key)
);

create table removed_tenants (
  tenant bigint not null,
  id text collate "C" not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint removed_tenants_pkey PRIMARY KEY (tenant),
  constraint removed_tenants_id_key UNIQUE (id)
);

create table resources (
  tenant bigint not null,
  key bigint not null,
  type text collate "C" not null,
  id text collate "C" not null,
  document text not null,
  search jsonb not null,
  keys jsonb not null,
  secrets text,
  version integer not null,
  era text,
  created bigint not null,
  last_modified bigint not null,
  label text collate "C" not null,
  display text collate "C" not null,
  folded_display text collate "C" not null,
  names text collate "C" not null,
  enabled boolean not null,
  predecessor text,
  constraint resources_pkey PRIMARY KEY (tenant, key)
) with (fillfactor=85, toast_tuple_target=2600);
CREATE UNIQUE INDEX resources_by_id ON resources USING btree (tenant, id);
CREATE INDEX resources_by_type ON resources USING btree (tenant, type, key);
CREATE INDEX resources_disabled ON resources USING btree (tenant, type, key) WHERE NOT enabled;

create table restored_keys (
  tenant bigint not null,
  was bigint not null,
  key bigint not null,
  constraint restored_keys_pkey PRIMARY KEY (tenant, was)
);

create table settings (
  name text collate "C" not null,
  value text not null,
  epoch bigint not null,
  constraint settings_pkey PRIMARY KEY (name)
);

create table setup_steps (
  tenant text collate "C" not null,
  step text collate "C" not null,
  at bigint,
  tenant_time bigint not null,
  exchange text,
  user_agent text,
  constraint setup_steps_pkey PRIMARY KEY (tenant, step)
);

create table snapshot_account_assignments (
  snapshot bigint not null,
  tenant bigint not null,
  id text collate "C" not null,
  account text collate "C" not null,
  permission_set text collate "C" not null,
  principal_type text collate "C" not null,
  principal_id text collate "C" not null,
  principal_name text not null,
  created_at bigint not null,
  exchange text collate "C",
  deleted_at bigint,
  deletion_exchange text collate "C"
);
CREATE INDEX snapshot_account_assignments_by_snapshot ON snapshot_account_assignments USING btree (snapshot, tenant);

create table snapshot_assignment_requests (
  snapshot bigint not null,
  tenant bigint not null,
  id text collate "C" not null,
  kind text collate "C" not null,
  at bigint not null,
  permission_set text collate "C" not null,
  account text collate "C",
  principal_type text collate "C",
  principal_id text collate "C",
  failure text collate "C"
);
CREATE INDEX snapshot_assignment_requests_by_snapshot ON snapshot_assignment_requests USING btree (snapshot, tenant);

create table snapshot_deleted_resources (
  snapshot bigint not null,
  tenant bigint not null,
  key bigint not null,
  type text collate "C" not null,
  id text collate "C" not null,
  label text collate "C" not null,
  folded_label text collate "C" not null,
  display text collate "C" not null,
  names text collate "C" not null,
  document text,
  groups jsonb not null,
  version integer not null,
  created bigint not null,
  last_written bigint not null,
  deleted_at bigint not null,
  exchange text collate "C",
  state text collate "C" not null,
  predecessor text,
  successor text
);
CREATE INDEX snapshot_deleted_resources_by_snapshot ON snapshot_deleted_resources USING btree (snapshot, tenant);

create table snapshot_identity_center_instances (
  snapshot bigint not null,
  tenant bigint not null,
  name text not null
);
CREATE INDEX snapshot_identity_center_instances_by_snapshot ON snapshot_identity_center_instances USING btree (snapshot, tenant);

create table snapshot_keys (
  snapshot bigint not null,
  tenant bigint not null,
  type text collate "C" not null,
  attribute text collate "C" not null,
  value text collate "C" not null,
  rival bigint not null,
  resource bigint not null,
  whole text collate "C"
);
CREATE INDEX snapshot_keys_by_snapshot ON snapshot_keys USING btree (snapshot, tenant);

create table snapshot_last_seen (
  snapshot bigint not null,
  tenant bigint not null,
  key bigint not null,
  at bigint not null
);
CREATE INDEX snapshot_last_seen_by_snapshot ON snapshot_last_seen USING btree (snapshot, tenant);

create table snapshot_membership_events (
  snapshot bigint not null,
  tenant bigint not null,
  group_key bigint not null,
  moment bigint not null,
  event text not null,
  at bigint not null,
  exchange text collate "C",
  via text,
  member_id text collate "C" not null,
  member_key bigint,
  whole text collate "C"
);
CREATE INDEX snapshot_membership_events_by_snapshot ON snapshot_membership_events USING btree (snapshot, tenant);

create table snapshot_memberships (
  snapshot bigint not null,
  tenant bigint not null,
  key bigint not null,
  group_key bigint not null,
  member_id text collate "C" not null,
  member_key bigint,
  whole text collate "C",
  at bigint not null,
  via text,
  sent_display text,
  folded_sent_display text
);
CREATE INDEX snapshot_memberships_by_snapshot ON snapshot_memberships USING btree (snapshot, tenant);

create table snapshot_permission_sets (
  snapshot bigint not null,
  tenant bigint not null,
  id text collate "C" not null,
  name text collate "C" not null,
  content text not null,
  created_at bigint not null,
  exchange text collate "C",
  deleted_at bigint,
  deletion_exchange text collate "C"
);
CREATE INDEX snapshot_permission_sets_by_snapshot ON snapshot_permission_sets USING btree (snapshot, tenant);

create table snapshot_resources (
  snapshot bigint not null,
  tenant bigint not null,
  key bigint not null,
  type text collate "C" not null,
  id text collate "C" not null,
  document text not null,
  search jsonb not null,
  keys jsonb not null,
  secrets text,
  version integer not null,
  era text,
  created bigint not null,
  last_modified bigint not null,
  label text collate "C" not null,
  display text collate "C" not null,
  folded_display text collate "C" not null,
  names text collate "C" not null,
  enabled boolean not null,
  predecessor text
);
CREATE INDEX snapshot_resources_by_snapshot ON snapshot_resources USING btree (snapshot, tenant);

create table snapshot_tenants (
  snapshot bigint not null,
  key bigint not null,
  id text collate "C" not null,
  profile text not null,
  on_delete text not null,
  throttle text not null,
  switches jsonb not null,
  declared jsonb not null,
  clock_offset bigint not null,
  imported json
);
CREATE INDEX snapshot_tenants_by_snapshot ON snapshot_tenants USING btree (snapshot);

create table snapshot_versions (
  snapshot bigint not null,
  tenant bigint not null,
  resource_key bigint not null,
  moment bigint not null,
  version integer not null,
  at bigint not null,
  exchange text collate "C",
  via text,
  action text not null,
  document text,
  difference text,
  previous_document text
);
CREATE INDEX snapshot_versions_by_snapshot ON snapshot_versions USING btree (snapshot, tenant);

create table snapshots (
  key bigint not null generated always as identity,
  id text collate "C" not null,
  name text not null,
  created bigint not null,
  tenants json not null,
  bytes bigint not null,
  constraint snapshots_pkey PRIMARY KEY (key),
  constraint snapshots_id_key UNIQUE (id)
);

create table tenants (
  key bigint not null generated always as identity,
  id text collate "C" not null,
  profile text not null,
  on_delete text not null,
  throttle text not null,
  switches jsonb not null,
  clock_offset bigint not null,
  created bigint not null,
  declared jsonb not null default '{"schemas": [], "resourceTypes": []}'::jsonb,
  epoch bigint not null default 0,
  session json,
  imported json,
  name text,
  constraint tenants_pkey PRIMARY KEY (key),
  constraint tenants_id_key UNIQUE (id)
);
CREATE INDEX tenants_by_epoch ON tenants USING btree (epoch);

create table token_clients (
  tenant text collate "C" not null,
  token text collate "C" not null,
  product text,
  evidence text,
  candidate text,
  candidate_exchanges integer,
  named jsonb not null,
  constraint token_clients_pkey PRIMARY KEY (tenant, token)
);

create table tokens (
  id text collate "C" not null,
  key bigint not null generated always as identity,
  tenant bigint not null,
  hash bytea not null,
  ending text not null,
  access text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  uses bigint not null,
  counted timestamp with time zone,
  deleted_at bigint,
  epoch bigint not null default 0,
  name text,
  constraint tokens_pkey PRIMARY KEY (id),
  constraint tokens_hash_key UNIQUE (hash)
);
CREATE INDEX tokens_by_tenant ON tokens USING btree (tenant);
CREATE INDEX tokens_by_epoch ON tokens USING btree (epoch);
CREATE INDEX tokens_by_use ON tokens USING btree (counted) WHERE counted IS NOT NULL;

create table unanalyzed_exchanges (
  tenant text collate "C" not null,
  id text collate "C" not null,
  constraint unanalyzed_exchanges_pkey PRIMARY KEY (id, tenant)
);

create table versions (
  tenant bigint not null,
  resource_key bigint not null,
  moment bigint not null,
  version integer not null,
  at bigint not null,
  exchange text collate "C",
  via text,
  action text not null,
  document text,
  difference text,
  previous_document text,
  constraint versions_pkey PRIMARY KEY (tenant, resource_key, moment)
);
CREATE INDEX versions_by_exchange ON versions USING btree (tenant, exchange) WHERE exchange IS NOT NULL;
CREATE INDEX versions_by_time ON versions USING btree (tenant, at);

create unlogged table walk_parts (
  walk bigint not null,
  part integer not null,
  keys bigint[] not null,
  constraint walk_parts_pkey PRIMARY KEY (walk, part)
);

create unlogged table walks (
  id bigint not null generated always as identity,
  tenant bigint not null,
  length bigint not null,
  used timestamp with time zone not null,
  constraint walks_pkey PRIMARY KEY (id)
);

create table exchanges_other partition of exchanges DEFAULT;
