-- The display that a client sent for a member, if it is not the name of the resource.
alter table memberships add column sent_display text;
