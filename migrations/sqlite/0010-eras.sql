-- Which restore of a snapshot brought a resource back: a random text, null when none did. Its versions count on from an
-- earlier number, so entity tags name the era beside the version.
alter table resources add column era text;
