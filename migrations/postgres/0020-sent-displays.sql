-- usable-since: 0003
-- The display that a client sent for a member, if it is not the name of the resource; also folded, for filters.
alter table memberships add column sent_display text;
alter table memberships add column folded_sent_display text;
alter table snapshot_memberships add column sent_display text;
alter table snapshot_memberships add column folded_sent_display text;
