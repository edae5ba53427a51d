-- usable-since: 0003
-- Most resources are slightly longer than the 2 KB from which values are compressed, and moved to a table of their own: each write
-- then changed two tables. 2,600 bytes are enough for three versions in a page, of which an update needs one.
alter table resources set (toast_tuple_target = 2600);
