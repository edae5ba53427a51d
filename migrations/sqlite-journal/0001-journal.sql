-- The journal and its analysis, in a file next to the database: it is large, is written with each request, and may lose
-- the requests of the last moments, while the database must not lose a change.

-- Every request to the SCIM listener with its response, secrets removed. `tenant` is the tenant's id, not its key:
-- a request may name a tenant that doesn't exist. `at` is the server's time in milliseconds since 1970.
create table exchanges (
  -- Given by the journal, in order of responding.
  seq integer primary key,
  id text not null unique,
  tenant text,
  at integer not null,
  method text not null,
  url text not null,
  status integer not null,
  -- What the request does: create, update, disable, look-up, probe and so on.
  operation text not null,
  -- The state that a PATCH or PUT gave the resource: 0 or 1.
  enabled integer,
  -- Resources in the response to a list.
  results integer,
  -- Members that a PATCH lists.
  members_added integer,
  members_removed integer,
  -- Operations of a bulk request.
  bulk_operations integer,
  -- The sentence made from these columns, for people and full-text searches.
  action text not null,
  target_type text,
  target_id text,
  target_label text,
  -- A JSON object: times, token, refusal, rule, profile, address, and the headers of both messages.
  details text not null,
  request_body text,
  response_body text
) strict;

create index exchanges_by_target on exchanges (target_id, seq) where target_id is not null;

-- The results of analyzing an exchange, which has the same number.
create table exchange_notes (
  seq integer primary key,
  -- The cycle's id.
  cycle text,
  -- default, aadOptscim062020 or other
  dialect text,
  -- entra, service, compliance, sample or ad-hoc
  client text,
  -- A JSON array of the ids of findings.
  findings text not null
) strict;

-- Requests of a client to one tenant that belong together.
create table cycles (
  key integer primary key,
  id text not null unique,
  tenant text not null,
  started integer not null,
  last integer not null,
  -- A JSON object: the kind of cycle, its client, token and dialect, and the number of requests by result.
  summary text not null
) strict;

create index cycles_by_tenant on cycles (tenant, key);
create index cycles_by_client on cycles (
  tenant, summary ->> '$.client', summary ->> '$.token.id', summary ->> '$.userAgent', key
);
create index cycles_by_kind on cycles (tenant, summary ->> '$.client', summary ->> '$.kind', key);

-- Findings about an exchange: one row for each subject.
create table findings (
  key integer primary key,
  seq integer not null,
  finding text not null,
  tenant text not null,
  at integer not null,
  subject text,
  detail text not null,
  -- provisioning, compliance or ad-hoc
  origin text not null
) strict;

create index findings_by_exchange on findings (seq);
create index findings_by_tenant on findings (tenant, finding, origin, seq);

create trigger exchanges_deleted after delete on exchanges begin
  delete from exchange_notes where seq = old.seq;
  delete from findings where seq = old.seq;
end;

-- Setup steps that a tenant's clients have completed, each with its first evidence. They outlive the exchanges.
create table setup_steps (
  -- The tenant's id.
  tenant text not null,
  step text not null,
  -- The server's time in milliseconds since 1970; null where only the tenant's time is known.
  at integer,
  tenant_time integer not null,
  exchange text,
  user_agent text,
  primary key (tenant, step)
) strict, without rowid;

-- The clock by which exchanges are deleted for their age: one row, from the first pruning on. Times are the server's, in
-- milliseconds since 1970.
create table pruning_clock (
  -- The latest time that the journal was pruned by.
  trusted integer not null,
  -- Since when the server's clock has been more than a day ahead of it; null while it is not.
  ahead_since integer
) strict;

-- The id of the database that the journal belongs to, from its table `identity`: one row, once a server has opened both.
create table owner (
  database text not null
) strict;
