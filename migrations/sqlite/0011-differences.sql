-- How a version's document is made of the last one before it that is stored whole: a JSON array of texts and of
-- [start, length] of that document. Where it is null, `document` is whole; a deletion has neither.
alter table versions add column difference text;
