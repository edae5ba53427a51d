-- The journal is limited in numbers and in bytes, and requests that anybody can send only have a share of it.

-- 1 for a request without valid credentials; null for others, and for those that earlier versions stored.
alter table exchanges add column unauthenticated integer;
-- About the bytes that the exchange takes; null of those that earlier versions stored.
alter table exchanges add column bytes integer;

create index exchanges_unauthenticated on exchanges (seq) where unauthenticated = 1;

-- What the journal stores, apart from opened sessions: a row for each value of `unauthenticated`. Without rows, it is to be counted.
create table exchange_amounts (
  -- 0 or 1.
  unauthenticated integer primary key,
  exchanges integer not null,
  bytes integer not null
) strict;

-- The limit in bytes where none is set: one row in journals that were created since, none in those of earlier versions.
create table default_retention (
  bytes integer not null
) strict;

-- Which file of several with the same owner this is, and how old its contents are.
-- Random; null until a server has opened it.
alter table owner add column journal text;
-- Rises at each start, each stop and once an hour. The database remembers the last one.
alter table owner add column position integer not null default 0;
