-- Saved snapshots. A copy has the columns of its table, after the key of the snapshot. A migration that changes one of these tables
-- changes its copy in the same way, so snapshots of earlier versions can be restored. What is computed from other rows, such as
-- counts and the text index, has no copy.

create table snapshots (
  key bigint generated always as identity primary key,
  id text collate "C" not null unique,
  name text not null,
  -- By the server's clock.
  created bigint not null,
  -- An array of the tenants: id, number of resources by type, number of retained ones.
  tenants json not null,
  bytes bigint not null
);

create table snapshot_tenants (
  snapshot bigint not null,
  key bigint not null,
  id text collate "C" not null,
  profile text not null,
  on_delete text not null,
  throttle text not null,
  switches jsonb not null,
  declared jsonb not null,
  clock_offset bigint not null
);

create table snapshot_resources (snapshot bigint not null, like resources);
create table snapshot_deleted_resources (snapshot bigint not null, like deleted_resources);
create table snapshot_keys (snapshot bigint not null, like keys);
create table snapshot_memberships (snapshot bigint not null, like memberships);
create table snapshot_versions (snapshot bigint not null, like versions);
create table snapshot_membership_events (snapshot bigint not null, like membership_events);
create table snapshot_last_seen (snapshot bigint not null, like last_seen);
create table snapshot_permission_sets (snapshot bigint not null, like permission_sets);
create table snapshot_account_assignments (snapshot bigint not null, like account_assignments);
create table snapshot_assignment_requests (snapshot bigint not null, like assignment_requests);

create index snapshot_tenants_by_snapshot on snapshot_tenants (snapshot);
create index snapshot_resources_by_snapshot on snapshot_resources (snapshot, tenant);
create index snapshot_deleted_resources_by_snapshot on snapshot_deleted_resources (snapshot, tenant);
create index snapshot_keys_by_snapshot on snapshot_keys (snapshot, tenant);
create index snapshot_memberships_by_snapshot on snapshot_memberships (snapshot, tenant);
create index snapshot_versions_by_snapshot on snapshot_versions (snapshot, tenant);
create index snapshot_membership_events_by_snapshot on snapshot_membership_events (snapshot, tenant);
create index snapshot_last_seen_by_snapshot on snapshot_last_seen (snapshot, tenant);
create index snapshot_permission_sets_by_snapshot on snapshot_permission_sets (snapshot, tenant);
create index snapshot_account_assignments_by_snapshot on snapshot_account_assignments (snapshot, tenant);
create index snapshot_assignment_requests_by_snapshot on snapshot_assignment_requests (snapshot, tenant);

-- The new keys of restored resources. Rows exist only within the transaction of a restore.
create table restored_keys (
  tenant bigint not null,
  was bigint not null,
  key bigint not null,
  primary key (tenant, was)
);
