-- Permission sets and account assignments of the SSO Admin API. Deleted ones stay, so that access at any earlier moment is known.
-- Times are milliseconds since 1970 by the tenant's clock.
create table permission_sets (
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

create unique index permission_sets_by_name on permission_sets (tenant, name) where deleted_at is null;

create table account_assignments (
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

create unique index account_assignments_present
  on account_assignments (tenant, permission_set, account, principal_id) where deleted_at is null;
create index account_assignments_by_account on account_assignments (tenant, account, id);
create index account_assignments_by_permission_set on account_assignments (tenant, permission_set, id);
create index account_assignments_by_principal on account_assignments (tenant, principal_id, id);

-- Requests whose outcome is reported by another one: to assign, to delete an assignment, to provision a permission set.
create table assignment_requests (
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

create index assignment_requests_by_kind on assignment_requests (tenant, kind, id);
