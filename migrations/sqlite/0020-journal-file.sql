-- The journal and its analysis are in a file of their own (migrations/sqlite-journal), where the server copies existing
-- rows before it applies this file.
drop trigger exchanges_forgotten;
drop table findings;
drop table exchange_notes;
drop table exchanges;
drop table cycles;
drop table setup_steps;
drop table pruning_clock;
