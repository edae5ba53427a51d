import { findingSources, inConnection, inUserMapping } from '../../profiles/entra-pages.ts'
import { excerpt } from '../../scim/error.ts'
import type { Refusal } from '../../tenants/tenant.ts'
import type { DiagnosisRule, DiagnosisSubject } from './subject.ts'

const quoteDetail = ({ answer }: DiagnosisSubject) =>
  typeof answer?.detail === 'string' ? `: ${excerpt(answer.detail, 200)}` : ''

/** The status of an answer, and why when it was spoiled on purpose. */
const describeStatus = (subject: DiagnosisSubject) => {
  const { status, fault } = subject.exchange
  return fault ? `${status}, spoiled on purpose: ${fault.words}` : `${status}${quoteDetail(subject)}`
}

/** Those that have findings of their own, as what AWS refuses has. */
const statusesWithOwnFinding = new Set([404, 409, 429])

const wasRejected = ({ exchange: { refusal, status, rule }, aws }: DiagnosisSubject) =>
  (status === 501 || (status >= 400 && status < 500)) &&
  !statusesWithOwnFinding.has(status) &&
  refusal === undefined &&
  rule?.startsWith('aws/') !== true &&
  !(aws?.own === true && !aws.accepted)

/** Answers that set a client back, whatever it has sent. */
export const responseRules: readonly DiagnosisRule[] = [
  {
    id: 'client/refused',
    severity: 'error',
    title: 'A request that the tenant refuses',
    reason:
      'Its profile doesn’t take what was sent. Entra logs SystemForCrossDomainIdentityManagementServiceIncompatible for the object and tries again later.',
    remedy: `The answer says what is wrong. ${inUserMapping('correct the mapping to the attribute that it names.')} Or give the tenant a profile that forgives more.`,
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject => (wasRejected(subject) ? `The answer was ${describeStatus(subject)}` : undefined),
  },
  {
    id: 'client/duplicate',
    severity: 'error',
    title: 'Something that has to be unique is taken',
    reason:
      'The client didn’t find the resource by what it looked for, and then couldn’t write it, because another has the same value. Entra logs EntryConflict and tries again later.',
    remedy: `Delete or rename the other resource, or have it found: ${inUserMapping('give the attribute that clashes a matching precedence.')}`,
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject =>
      subject.exchange.status === 409 && subject.type
        ? `The ${subject.type.name.toLowerCase()} was refused with ${describeStatus(subject)}`
        : undefined,
  },
  {
    id: 'client/throttled',
    severity: 'warning',
    title: 'Too many requests',
    reason:
      'Entra tries again, but whether it waits as long as Retry-After says isn’t known; customers have ended in quarantine.',
    remedy:
      'Nothing in Entra sets its speed. Assign fewer users at a time, or switch throttling off for the tenant.',
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject =>
      subject.exchange.status === 429 ? `The answer was ${describeStatus(subject)}` : undefined,
  },
  {
    id: 'client/server-error',
    severity: 'error',
    title: 'The server failed',
    reason:
      'Entra tries the object again with the next cycle, then ever more seldom. Where it goes on for many objects the job is quarantined.',
    remedy:
      'If it was a fault that was set on purpose, take it away. Otherwise the server’s log says why, under the exchange’s id.',
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject =>
      subject.exchange.status >= 500 && subject.exchange.status !== 501
        ? `The answer was ${describeStatus(subject)}`
        : undefined,
  },
]

const enterNewToken = inConnection('put it into Secret Token, and test the connection.')
const issueNewToken = `Issue a new token on the tenant’s page. ${enterNewToken}`

const refusals: Readonly<
  Record<Refusal, { readonly title: string; readonly seen: string; readonly remedy: string }>
> = {
  missing: {
    title: 'No token',
    seen: 'The request has no Authorization header with a bearer token.',
    remedy: inConnection(
      'fill in Secret Token. Where it is empty Entra sends a token of its own, which isn’t known here.',
    ),
  },
  unknown: {
    title: 'An unknown token',
    seen: 'Nobody knows the token.',
    remedy: `The token was copied in part, or is one of another server. ${issueNewToken}`,
  },
  expired: {
    title: 'An expired token',
    seen: 'The token has expired.',
    remedy: `Tokens of AWS live for a year. ${issueNewToken}`,
  },
  deleted: {
    title: 'A deleted token',
    seen: 'The token was deleted.',
    remedy: issueNewToken,
  },
  'other-tenant': {
    title: 'The token of another tenant',
    seen: 'The token belongs to another tenant than the URL.',
    remedy: inConnection('Tenant URL and Secret Token have to be of one tenant.'),
  },
  'read-only': {
    title: 'A token that may only read',
    seen: 'The token may only read, and this would write.',
    remedy: `Issue a token that may do everything. ${enterNewToken}`,
  },
}

const reason =
  'The request is answered 401, or 403 where the token may only read. Where it goes on Entra logs InvalidCredentials and puts the whole job into quarantine.'

/** Why requests weren't let in. */
export const tokenRules: readonly DiagnosisRule[] = Object.entries(refusals).map(
  ([refusal, { title, seen, remedy }]): DiagnosisRule => ({
    id: `client/token-${refusal}`,
    severity: 'error',
    title,
    reason,
    remedy,
    source: findingSources.quarantine,
    basis: 'documented',
    detect: ({ exchange }) => (exchange.refusal === refusal ? seen : undefined),
  }),
)
