-- The clock by which exchanges are deleted because of their age: one row, from the first pruning on. Times are the
-- machine's, in milliseconds since 1970.
create table pruning_clock (
  -- The latest time that the journal was pruned by.
  trusted integer not null,
  -- Since when the machine's clock has been more than a day ahead of it; null while it is not.
  ahead_since integer
) strict;
