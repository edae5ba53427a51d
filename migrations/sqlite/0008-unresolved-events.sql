-- So that who was in a group at a moment can be told for members whose id names nobody, too.
create index membership_events_unresolved on membership_events (group_key, member_id, moment)
  where member_key is null;
