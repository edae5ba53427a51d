-- Clients of the token endpoints. Times are the tenant's. Deleted clients and secrets stay, so that they are still recognized.
create table oauth_clients (
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

-- Of client secrets and access tokens, only hashes are stored.
create table client_secrets (
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

create index client_secrets_by_client on client_secrets (client);
create index client_secrets_by_tenant on client_secrets (tenant);

-- Access tokens that the token endpoints issued.
create table access_tokens (
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

create index access_tokens_by_client on access_tokens (client, key);
create index access_tokens_by_tenant on access_tokens (tenant, key);
