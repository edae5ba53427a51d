-- usable-since: 0003
-- The tables of migrations/sqlite/0027.
create table oauth_clients (
  id text collate "C" primary key,
  -- In order of creation.
  key bigint generated always as identity,
  tenant bigint not null,
  client_id text collate "C" not null,
  name text not null,
  access text not null,
  token_lifetime integer not null,
  assertion text,
  created bigint not null,
  last_used bigint,
  uses bigint not null,
  -- When an instance last added its uses, by the database's clock.
  counted timestamptz,
  deleted_at bigint,
  epoch bigint not null default 0,
  unique (tenant, client_id)
);

create index oauth_clients_by_epoch on oauth_clients (epoch);
create index oauth_clients_by_use on oauth_clients (counted) where counted is not null;

create table client_secrets (
  id text collate "C" primary key,
  key bigint generated always as identity,
  tenant bigint not null,
  client text collate "C" not null,
  hash bytea not null,
  ending text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  uses bigint not null,
  counted timestamptz,
  deleted_at bigint,
  epoch bigint not null default 0
);

create index client_secrets_by_client on client_secrets (client);
create index client_secrets_by_tenant on client_secrets (tenant);
create index client_secrets_by_epoch on client_secrets (epoch);
create index client_secrets_by_use on client_secrets (counted) where counted is not null;

create table access_tokens (
  id text collate "C" primary key,
  key bigint generated always as identity,
  tenant bigint not null,
  client text collate "C" not null,
  secret text collate "C",
  hash bytea not null unique,
  ending text not null,
  access text not null,
  scope text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  uses bigint not null,
  counted timestamptz,
  revoked_at bigint,
  -- The change that revoked it; 0 otherwise: instances read the tokens that they do not hold.
  epoch bigint not null default 0
);

create index access_tokens_by_client on access_tokens (client, key);
create index access_tokens_by_tenant on access_tokens (tenant, key);
create index access_tokens_by_epoch on access_tokens (epoch) where epoch > 0;
create index access_tokens_by_use on access_tokens (counted) where counted is not null;
