-- From when on the history of a tenant is complete, in milliseconds since 1970 by its clock: older history was or will be deleted.
create table history_starts (tenant integer primary key, since integer not null) strict;
