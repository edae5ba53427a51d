-- usable-since: 0003
-- Which product sent a request, and whose token it is.

-- entra, okta, google and so on; null if neither the request nor its token shows it.
alter table exchange_notes add column product text;
-- named, shaped or perhaps; null without a product.
alter table exchange_notes add column evidence text;

-- What requests with a token have shown about their client. It outlives them.
create table token_clients (
  -- The tenant's id.
  tenant text collate "C" not null,
  -- The id of an access token, or of a client or issuer whose access tokens change.
  token text collate "C" not null,
  -- The client whose token it is; null until that is settled.
  product text,
  -- named or shaped; null without a product.
  evidence text,
  -- Until then: the product whose shape the last such requests had, and their number.
  candidate text,
  candidate_exchanges integer,
  -- An array of the products that User-Agents have named.
  named jsonb not null,
  primary key (tenant, token)
);
