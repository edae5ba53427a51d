-- usable-since: 0003
-- A random value for each of the last changes to what every instance holds in memory. A server that lacks changes gives their numbers
-- again after a failover, with other values. Changes by instances of earlier versions have none.
create table epoch_marks (
  n bigint primary key,
  mark uuid not null
);

insert into epoch_marks (n, mark) select n, gen_random_uuid() from epochs;
