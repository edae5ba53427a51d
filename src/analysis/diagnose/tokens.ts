import type { Refusal } from '../../tenants/tenant.ts'
import type { Diagnosis } from './diagnosis.ts'
import { inConnection, sources } from './entra-pages.ts'

const renewed = inConnection('put it into Secret Token, and test the connection.')
const issue = `Issue a new token on the tenant’s page. ${renewed}`

const refusals: Readonly<
  Record<Refusal, { readonly title: string; readonly seen: string; readonly mend: string }>
> = {
  missing: {
    title: 'No token',
    seen: 'The request has no Authorization header with a bearer token.',
    mend: inConnection(
      'fill in Secret Token. Where it is empty Entra sends a token of its own, which isn’t known here.',
    ),
  },
  unknown: {
    title: 'An unknown token',
    seen: 'Nobody knows the token.',
    mend: `The token was copied in part, or is one of another server. ${issue}`,
  },
  expired: {
    title: 'An expired token',
    seen: 'The token has expired.',
    mend: `Tokens of AWS live for a year. ${issue}`,
  },
  deleted: {
    title: 'A deleted token',
    seen: 'The token was deleted.',
    mend: issue,
  },
  'other-tenant': {
    title: 'The token of another tenant',
    seen: 'The token belongs to another tenant than the URL.',
    mend: inConnection('Tenant URL and Secret Token have to be of one tenant.'),
  },
  'read-only': {
    title: 'A token that may only read',
    seen: 'The token may only read, and this would write.',
    mend: `Issue a token that may do everything. ${renewed}`,
  },
}

const reason =
  'The request is answered 401, or 403 where the token may only read. Where it goes on Entra logs InvalidCredentials and puts the whole job into quarantine.'

/** Why requests weren't let in. */
export const tokenDiagnoses: readonly Diagnosis[] = Object.entries(refusals).map(
  ([refusal, { title, seen, mend }]): Diagnosis => ({
    id: `client/token-${refusal}`,
    severity: 'error',
    title,
    reason,
    mend,
    source: sources.quarantine,
    basis: 'documented',
    seenIn: ({ exchange }) => (exchange.refusal === refusal ? seen : undefined),
  }),
)
