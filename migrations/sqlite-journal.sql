-- Written by `npm run schema`. Migrations: 478a993fd888f3c5b3070ba99ba72b81d22c092d051a807fa60db50f4adec8f4

CREATE TABLE cycles (
  key integer primary key,
  id text not null unique,
  tenant text not null,
  started integer not null,
  last integer not null,
  -- A JSON object: the kind of cycle, its client, token and dialect, and the number of requests by result.
  summary text not null
) strict;

CREATE INDEX cycles_by_client on cycles (
  tenant, summary ->> '$.client', summary ->> '$.token.id', summary ->> '$.userAgent', key
);

CREATE INDEX cycles_by_kind on cycles (tenant, summary ->> '$.client', summary ->> '$.kind', key);

CREATE INDEX cycles_by_tenant on cycles (tenant, key);

CREATE TABLE default_retention (
  bytes integer not null
) strict;

CREATE TABLE exchange_amounts (
  -- 0 or 1.
  unauthenticated integer primary key,
  exchanges integer not null,
  bytes integer not null
) strict;

CREATE TABLE exchange_notes (
  seq integer primary key,
  -- The cycle's id.
  cycle text,
  -- default, aadOptscim062020 or other
  dialect text,
  -- entra, service, compliance, sample or ad-hoc
  client text,
  -- A JSON array of the ids of findings.
  findings text not null
, product text, evidence text) strict;

CREATE TABLE exchanges (
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
, api text, api_operation text, access_key text, unauthenticated integer, bytes integer) strict;

CREATE INDEX exchanges_by_target on exchanges (target_id, seq) where target_id is not null;

CREATE INDEX exchanges_failed on exchanges (tenant, at, id) where status >= 400 and api is null;

CREATE INDEX exchanges_unauthenticated on exchanges (seq) where unauthenticated = 1;

CREATE TRIGGER exchanges_deleted after delete on exchanges begin
  delete from exchange_notes where seq = old.seq;
  delete from findings where seq = old.seq;
end;

CREATE TABLE findings (
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

CREATE INDEX findings_by_exchange on findings (seq);

CREATE INDEX findings_by_tenant on findings (tenant, finding, origin, seq);

CREATE TABLE migrations (
      name text not null primary key, sha256 text not null, applied_at integer not null
    ) strict;

CREATE TABLE owner (
  database text not null
, journal text, position integer not null default 0) strict;

CREATE TABLE pruning_clock (
  -- The latest time that the journal was pruned by.
  trusted integer not null,
  -- Since when the server's clock has been more than a day ahead of it; null while it is not.
  ahead_since integer
) strict;

CREATE TABLE sessions (
  -- The id of the tenant.
  tenant text not null primary key,
  -- The numbers of its exchanges, without a gap. `last` is less than `first` if there are none.
  first integer not null,
  last integer not null
) strict, without rowid;

CREATE TABLE setup_steps (
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

CREATE TABLE token_clients (
  -- The tenant's id.
  tenant text not null,
  -- The id of an access token, or of a client or issuer whose access tokens change.
  token text not null,
  -- The client whose token it is; null until that is settled.
  product text,
  -- named or shaped; null without a product.
  evidence text,
  -- Until then: the product whose shape the last such requests had, and their number.
  candidate text,
  candidate_exchanges integer,
  -- A JSON array of the products that User-Agents have named.
  named text not null,
  primary key (tenant, token)
) strict, without rowid;
