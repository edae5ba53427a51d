import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { TokenRefusal } from '../../../domain/tenants/tenant.ts'
import { findingSources, inConnection, inUserMapping } from '../../../profiles/entra-pages.ts'
import { excerpt } from '../../../scim/text.ts'
import { hasUnquotedValue } from './other-clients.ts'
import type { DiagnosisRule, DiagnosisSubject } from './subject.ts'

const quoteDetail = ({ answer }: DiagnosisSubject) =>
  typeof answer?.detail === 'string' ? `: ${excerpt(answer.detail, 200)}` : ''

const describeStatus = (subject: DiagnosisSubject) => {
  const { status, fault } = subject.exchange
  return fault ? `${status}, fault injected: ${fault.summary}` : `${status}${quoteDetail(subject)}`
}

/** Statuses with their own findings. Requests that AWS rejects have theirs as well. */
const statusesWithOwnFinding = new Set([404, 409, 429])

const wasRejected = (subject: DiagnosisSubject) => {
  const { operation, refusal, status, rule } = subject.exchange
  return (
    operation !== 'token' &&
    (status === 501 || (status >= 400 && status < 500)) &&
    !statusesWithOwnFinding.has(status) &&
    !hasUnquotedValue(subject) &&
    refusal === undefined &&
    rule?.startsWith('aws/') !== true &&
    !(subject.aws?.isTenantProfile === true && !subject.aws.accepted)
  )
}

export const responseRules: readonly DiagnosisRule[] = [
  {
    id: 'client/refused',
    severity: 'error',
    title: 'Request rejected by the tenant',
    reason: 'The tenant’s profile doesn’t accept the request, and changes nothing.',
    reasons: {
      entra:
        'The tenant’s profile doesn’t accept the request. Entra logs SystemForCrossDomainIdentityManagementServiceIncompatible for the object and retries later.',
    },
    remedy:
      'The response describes the problem. Correct the mapping to the attribute that it names, or use a more lenient profile for the tenant.',
    remedies: {
      entra: `The response describes the problem. ${inUserMapping('correct the mapping to the attribute that it names.')} Or use a more lenient profile for the tenant.`,
    },
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject => (wasRejected(subject) ? `The response was ${describeStatus(subject)}` : undefined),
  },
  {
    id: 'client/duplicate',
    severity: 'error',
    title: 'Duplicate value',
    reason:
      'The client’s look-up found no match, but another resource already has the same unique value, so the write failed.',
    reasons: {
      entra:
        'The client’s look-up found no match, but another resource already has the same unique value, so the write failed. Entra logs EntryConflict and retries later.',
    },
    remedy: 'Delete or rename the other resource, or let the client match it by the conflicting attribute.',
    remedies: {
      entra: `Delete or rename the other resource, or make Entra match it: ${inUserMapping('set a matching precedence for the conflicting attribute.')}`,
    },
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
    reason: 'The client sends more requests than the tenant accepts. The rejected ones changed nothing.',
    reasons: {
      entra:
        'Entra retries, but it is not known whether it honors Retry-After; customers have reported quarantined jobs.',
    },
    remedy:
      'Send fewer requests at a time, and wait as long as Retry-After says; or turn off rate limiting for the tenant.',
    remedies: {
      entra:
        'Entra has no setting for its request rate. Assign fewer users at a time, or turn off rate limiting for the tenant.',
    },
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
    reason: 'The request failed for a reason that is not the client’s. It should retry later.',
    reasons: {
      entra:
        'Entra retries the object in the next cycle, then less and less often. If many objects keep failing, Entra quarantines the job.',
    },
    remedy: 'If a fault was injected, turn it off. Otherwise look up the request ID in the server’s log.',
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject =>
      subject.exchange.status >= 500 && subject.exchange.status !== 501
        ? `The response was ${describeStatus(subject)}`
        : undefined,
  },
]

type RefusalTexts = {
  readonly title: string
  readonly seen: string
  readonly remedy: string
  readonly entra: string
}

const newToken = (text: string, instruction: string): Pick<RefusalTexts, 'remedy' | 'entra'> => ({
  remedy: `${text}, and give it to the client.`,
  entra: `${text}. ${instruction}`,
})
const enterNewToken = inConnection('enter it as Secret Token, and test the connection.')
const generateToken = 'Generate a new token on the page Connect'

const refusals: Readonly<Record<TokenRefusal, RefusalTexts>> = {
  missing: {
    title: 'Missing token',
    seen: 'The request has no Authorization header with a bearer token.',
    remedy: 'Enter the token in the client, which sends it as `Authorization: Bearer …`.',
    entra: inConnection(
      'enter the Secret Token. If it is empty, Entra sends its own token, which this server doesn’t accept.',
    ),
  },
  unknown: {
    title: 'Unknown token',
    seen: 'The token is unknown.',
    ...newToken(
      `The token was copied incompletely, or belongs to another server. ${generateToken}`,
      enterNewToken,
    ),
  },
  expired: {
    title: 'Expired token',
    seen: 'The token has expired.',
    ...newToken(`AWS tokens expire after one year. ${generateToken}`, enterNewToken),
  },
  deleted: {
    title: 'Deleted token',
    seen: 'The token was deleted.',
    ...newToken(generateToken, enterNewToken),
  },
  'other-tenant': {
    title: 'Token of another tenant',
    seen: 'The token belongs to a different tenant than the URL.',
    remedy: 'Enter the SCIM endpoint and a token of the same tenant in the client.',
    entra: inConnection('use the Tenant URL and the Secret Token of the same tenant.'),
  },
  'read-only': {
    title: 'Read-only token',
    seen: 'The token is read-only, and the request writes.',
    ...newToken('Generate a token with full access', enterNewToken),
  },
}

const statusOf = (refusal: string) => (refusal === 'read-only' ? 403 : 401)

/** Whether a request has an `Authorization` header without a known scheme: the journal keeps only the end of its token. */
const lacksScheme = ({ refusal, request }: Exchange) =>
  refusal === 'missing' && /^…\S/.test(request.headers.authorization ?? '')

export const tokenRules: readonly DiagnosisRule[] = [
  ...Object.entries(refusals).map(
    ([refusal, { title, seen, remedy, entra }]): DiagnosisRule => ({
      id: `client/token-${refusal}`,
      severity: 'error',
      title,
      reason: `The response is ${statusOf(refusal)}: nothing is provisioned.`,
      reasons: {
        entra: `The response is ${statusOf(refusal)}. If this continues, Entra logs InvalidCredentials and quarantines the whole job.`,
      },
      remedy,
      remedies: { entra },
      source: findingSources.quarantine,
      basis: 'documented',
      detect: ({ exchange }) =>
        exchange.refusal === refusal &&
        exchange.credential?.kind !== 'client' &&
        exchange.operation !== 'token' &&
        !lacksScheme(exchange)
          ? seen
          : undefined,
    }),
  ),
  {
    id: 'client/token-without-scheme',
    severity: 'error',
    title: 'Token without “Bearer”',
    reason: 'The Authorization header has a token, but no scheme, so AWS and this server do not read it.',
    remedy: 'Let the client send `Authorization: Bearer`, a space, and the token.',
    source: 'https://github.com/sourcegraph/docs/pull/1744',
    basis: 'observed',
    detect: ({ exchange }) =>
      lacksScheme(exchange) && exchange.operation !== 'token'
        ? `The header is "Authorization: ${excerpt(exchange.request.headers.authorization ?? '', 60)}".`
        : undefined,
  },
]
