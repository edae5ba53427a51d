-- usable-since: 0020
-- From when on the history of a tenant is complete, in milliseconds since 1970 by its clock: older history was or will be deleted.
create table history_starts (tenant bigint primary key, since bigint not null);
