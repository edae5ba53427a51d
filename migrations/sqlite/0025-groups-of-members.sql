-- The groups of a page of members are found by the index alone.
drop index memberships_by_member;
create index memberships_by_member on memberships (member_key, key, group_key) where member_key is not null;
