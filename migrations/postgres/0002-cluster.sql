-- What the instances of a cluster share beside the data of tenants. Times are the database's.

-- The number of the last change to what every instance holds in memory. The changed rows have this number.
create table epochs (
  one boolean primary key default true check (one),
  n bigint not null
);

insert into epochs (n) values (0);

-- The running instances.
create table instances (
  id text collate "C" primary key,
  started timestamptz not null,
  -- The number of the newest migration of its release.
  migration text collate "C" not null,
  -- The last change that it has read.
  seen bigint not null,
  -- It serves requests until then at the latest, unless it renews its lease.
  until timestamptz not null
);

create index tenants_by_epoch on tenants (epoch);
create index tokens_by_epoch on tokens (epoch);
create index tokens_by_use on tokens (counted) where counted is not null;
create index access_keys_by_epoch on access_keys (epoch);
create index access_keys_by_use on access_keys (counted) where counted is not null;

-- Deleted rows that instances may still hold in memory.
create table removals (
  epoch bigint not null,
  -- The table.
  kind text collate "C" not null,
  key text collate "C" not null,
  primary key (epoch, kind, key)
);

-- Deleted tenants whose data has yet to be deleted.
create table removed_tenants (
  tenant bigint primary key,
  id text collate "C" not null unique,
  at timestamptz not null default clock_timestamp()
);

-- Values that all instances need.
create table settings (
  name text collate "C" primary key,
  value text not null,
  epoch bigint not null
);

-- Work that one instance at a time does.
create table leases (
  name text collate "C" primary key,
  -- Rises each time another instance gets the lease.
  number bigint not null,
  -- The instance; null if none has the lease.
  holder text collate "C",
  until timestamptz not null
);

-- Events for the other instances, kept for a minute.
create table bulletin (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- The instance that published it.
  instance text collate "C" not null,
  event jsonb not null
);

create index bulletin_by_time on bulletin (at);

create table faults (
  id text collate "C" primary key,
  -- In order of activation.
  key bigint generated always as identity,
  -- An object: name, match, effect, times and summary.
  definition jsonb not null,
  -- Milliseconds since 1970.
  active_since bigint not null,
  -- The requests that matched, and those among them that the fault was injected into.
  matched bigint not null default 0,
  hits bigint not null default 0,
  last_hit bigint,
  epoch bigint not null
);

-- Permits of tenants with rate limiting.
create table buckets (
  tenant bigint not null,
  -- read, write, or an operation of an AWS API
  kind text collate "C" not null,
  available double precision not null,
  filled timestamptz not null,
  primary key (tenant, kind)
);

-- Orders of sorted lists in progress.
create table walks (
  id bigint generated always as identity primary key,
  tenant bigint not null,
  length bigint not null,
  used timestamptz not null
);

create table walk_parts (
  walk bigint not null,
  part integer not null,
  keys bigint[] not null,
  primary key (walk, part)
);
