-- The file of the journal that this database was last used with: one row, once a server has written it. A start compares it with the file
-- that it finds, since a file may have been deleted or replaced by an older copy meanwhile.
create table journal_mark (
  -- From the table `owner` of the journal.
  journal text not null,
  position integer not null,
  -- When the journal had this position, by the server's clock in milliseconds since 1970.
  at integer not null
) strict;
