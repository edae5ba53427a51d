-- What clients set and nobody may read, such as passwords: a JSON object of hashes in the shape of the resource. Apart
-- from the document, so that no answer, no history and no record of a deleted resource has it.
alter table resources add column secrets text;
