-- What the exchanges of the journal mean, worked out after they were answered. `seq` is the exchange's number there,
-- `tenant` the tenant's id, `at` the machine's time in milliseconds since 1970.
create table exchange_notes (
  seq integer primary key,
  -- The cycle's id.
  cycle text,
  -- default, aadOptscim062020 or other
  dialect text,
  -- A JSON array of the ids of findings.
  findings text not null
) strict;

-- Runs of a provisioning client: requests of one tenant that belong together.
create table cycles (
  key integer primary key,
  id text not null unique,
  tenant text not null,
  started integer not null,
  last integer not null,
  -- A JSON object: what kind of run, by which token, in which dialect, and how many requests did what.
  summary text not null
) strict;

create index cycles_by_tenant on cycles (tenant, key);

-- What is odd about an exchange, and what would fail on AWS: one row for each subject.
create table findings (
  key integer primary key,
  seq integer not null,
  finding text not null,
  tenant text not null,
  at integer not null,
  subject text,
  detail text not null
) strict;

create index findings_by_exchange on findings (seq);
create index findings_by_tenant on findings (tenant, finding, seq);

create trigger exchanges_forgotten after delete on exchanges begin
  delete from exchange_notes where seq = old.seq;
  delete from findings where seq = old.seq;
end;
