-- usable-since: 0003
-- The journal is limited in numbers and in bytes, and requests that anybody can send only have a share of it.

alter table exchanges
  -- True for a request without valid credentials; null for others, and for those that earlier releases stored.
  add column unauthenticated boolean,
  -- About the bytes that the exchange takes; null of those that earlier releases stored.
  add column bytes integer;

create index exchanges_unauthenticated on exchanges (id) where unauthenticated;

-- What the journal stores, apart from opened sessions: the sum of the rows. Each instance adds to its own, so that they do not wait for
-- each other; the rows of others become that of the empty writer from time to time, from which deletions subtract.
create table exchange_amounts (
  writer text collate "C" not null,
  unauthenticated boolean not null,
  exchanges bigint not null,
  bytes bigint not null,
  primary key (writer, unauthenticated)
);

insert into exchange_amounts (writer, unauthenticated, exchanges, bytes)
select '', false, count(*), count(*) * 3072 from exchanges where id < 's';

-- The limit in bytes where none is set: one row in schemas that were created since, none in those of earlier releases.
create table default_retention (
  bytes bigint not null
);

insert into default_retention (bytes)
select 1000000000 where not exists (select 1 from tenants) and not exists (select 1 from exchanges);
