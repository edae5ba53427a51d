import { findingSources, inConnection, inUserMapping } from '../../profiles/entra-pages.ts'
import { excerpt } from '../../scim/error.ts'
import type { TokenRefusal } from '../../tenants/tenant.ts'
import type { DiagnosisRule, DiagnosisSubject } from './subject.ts'

const quoteDetail = ({ answer }: DiagnosisSubject) =>
  typeof answer?.detail === 'string' ? `: ${excerpt(answer.detail, 200)}` : ''

/** The status of the response, with the detail of the error or the injected fault. */
const describeStatus = (subject: DiagnosisSubject) => {
  const { status, fault } = subject.exchange
  return fault ? `${status}, fault injected: ${fault.summary}` : `${status}${quoteDetail(subject)}`
}

/** Statuses with their own findings. Requests that AWS rejects have theirs as well. */
const statusesWithOwnFinding = new Set([404, 409, 429])

const wasRejected = ({ exchange: { operation, refusal, status, rule }, aws }: DiagnosisSubject) =>
  operation !== 'token' &&
  (status === 501 || (status >= 400 && status < 500)) &&
  !statusesWithOwnFinding.has(status) &&
  refusal === undefined &&
  rule?.startsWith('aws/') !== true &&
  !(aws?.isTenantProfile === true && !aws.accepted)

/** Error responses, whatever the request was. */
export const responseRules: readonly DiagnosisRule[] = [
  {
    id: 'client/refused',
    severity: 'error',
    title: 'Request rejected by the tenant',
    reason:
      'The tenant’s profile doesn’t accept the request. Entra logs SystemForCrossDomainIdentityManagementServiceIncompatible for the object and retries later.',
    remedy: `The response describes the problem. ${inUserMapping('correct the mapping to the attribute that it names.')} Or use a more lenient profile for the tenant.`,
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject => (wasRejected(subject) ? `The response was ${describeStatus(subject)}` : undefined),
  },
  {
    id: 'client/duplicate',
    severity: 'error',
    title: 'Duplicate value',
    reason:
      'The client’s look-up found no match, but another resource already has the same unique value, so the write failed. Entra logs EntryConflict and retries later.',
    remedy: `Delete or rename the other resource, or make Entra match it: ${inUserMapping('set a matching precedence for the conflicting attribute.')}`,
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject =>
      subject.exchange.status === 409 && subject.type
        ? `The ${subject.type.name.toLowerCase()} was rejected with ${describeStatus(subject)}`
        : undefined,
  },
  {
    id: 'client/throttled',
    severity: 'warning',
    title: 'Too many requests',
    reason:
      'Entra retries, but it is not known whether it honors Retry-After; customers have reported quarantined jobs.',
    remedy:
      'Entra has no setting for its request rate. Assign fewer users at a time, or turn off rate limiting for the tenant.',
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject =>
      subject.exchange.status === 429 && subject.exchange.operation !== 'token'
        ? `The response was ${describeStatus(subject)}`
        : undefined,
  },
  {
    id: 'client/server-error',
    severity: 'error',
    title: 'Server error',
    reason:
      'Entra retries the object in the next cycle, then less and less often. If many objects keep failing, Entra quarantines the job.',
    remedy: 'If a fault was injected, turn it off. Otherwise look up the request ID in the server’s log.',
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject =>
      subject.exchange.status >= 500 && subject.exchange.status !== 501
        ? `The response was ${describeStatus(subject)}`
        : undefined,
  },
]

const enterNewToken = inConnection('enter it as Secret Token, and test the connection.')
const issueNewToken = `Generate a new token on the tenant’s page. ${enterNewToken}`

const refusals: Readonly<
  Record<TokenRefusal, { readonly title: string; readonly seen: string; readonly remedy: string }>
> = {
  missing: {
    title: 'Missing token',
    seen: 'The request has no Authorization header with a bearer token.',
    remedy: inConnection(
      'enter the Secret Token. If it is empty, Entra sends its own token, which this server doesn’t accept.',
    ),
  },
  unknown: {
    title: 'Unknown token',
    seen: 'The token is unknown.',
    remedy: `The token was copied incompletely, or belongs to another server. ${issueNewToken}`,
  },
  expired: {
    title: 'Expired token',
    seen: 'The token has expired.',
    remedy: `AWS tokens expire after one year. ${issueNewToken}`,
  },
  deleted: {
    title: 'Deleted token',
    seen: 'The token was deleted.',
    remedy: issueNewToken,
  },
  'other-tenant': {
    title: 'Token of another tenant',
    seen: 'The token belongs to a different tenant than the URL.',
    remedy: inConnection('use the Tenant URL and the Secret Token of the same tenant.'),
  },
  'read-only': {
    title: 'Read-only token',
    seen: 'The token is read-only, and the request writes.',
    remedy: `Generate a token with full access. ${enterNewToken}`,
  },
}

const reason =
  'The response is 401, or 403 for a read-only token. If this continues, Entra logs InvalidCredentials and quarantines the whole job.'

/** Requests with a rejected token. */
export const tokenRules: readonly DiagnosisRule[] = Object.entries(refusals).map(
  ([refusal, { title, seen, remedy }]): DiagnosisRule => ({
    id: `client/token-${refusal}`,
    severity: 'error',
    title,
    reason,
    remedy,
    source: findingSources.quarantine,
    basis: 'documented',
    detect: ({ exchange }) =>
      exchange.refusal === refusal && exchange.credential?.kind !== 'client' && exchange.operation !== 'token'
        ? seen
        : undefined,
  }),
)
