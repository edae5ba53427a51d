-- usable-since: 0020
-- The tenant is the first column of each key by which requests find rows, so that a table can be distributed by tenant. Instances of the
-- previous release do not name the tenant when they read memberships: until they stop, each such read scans a whole index.
-- While the indexes are built, requests can read memberships but not change them.
create index memberships_of_group on memberships (tenant, group_key, key);
create index memberships_of_member on memberships (tenant, member_key, key) where member_key is not null;
drop index memberships_by_group;
drop index memberships_by_member;
alter index memberships_of_group rename to memberships_by_group;
alter index memberships_of_member rename to memberships_by_member;

-- Uses of a token are added by its id, and a token of another tenant is recognized by its hash.
create index access_tokens_by_id on access_tokens (id);
create index access_tokens_by_hash on access_tokens (hash);
drop index access_tokens_by_client;
create index access_tokens_by_client on access_tokens (tenant, client, key);
alter table access_tokens drop constraint access_tokens_pkey;
alter table access_tokens drop constraint access_tokens_hash_key;
alter table access_tokens add primary key (tenant, id);
alter table access_tokens add unique (tenant, hash);
