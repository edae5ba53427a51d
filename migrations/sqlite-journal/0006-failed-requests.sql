-- Failed SCIM requests by time: the number of those of the last day is shown while they are not analyzed.
create index exchanges_failed on exchanges (tenant, at, id) where status >= 400 and api is null;
