-- The document of the version before, if that version's own row lacks it. A resource's first version has neither a document
-- nor a difference as long as it is the newest one: the resource's row has its document, and the next version gets it here.
alter table versions add column previous_document text;
