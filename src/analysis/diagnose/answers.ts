import { shown } from '../../scim/error.ts'
import type { Diagnosis, Subject } from './diagnosis.ts'
import { inUserMapping, sources } from './entra-pages.ts'

const said = ({ answer }: Subject) =>
  typeof answer?.detail === 'string' ? `: ${shown(answer.detail, 200)}` : ''

/** The status of an answer, and why when it was spoiled on purpose. */
const statusWords = (subject: Subject) => {
  const { status, fault } = subject.exchange
  return fault ? `${status}, spoiled on purpose: ${fault.words}` : `${status}${said(subject)}`
}

/** Those that have findings of their own, as what AWS refuses has. */
const hasOwnFinding = new Set([404, 409, 429])

const wasRefused = ({ exchange: { refusal, status, rule }, aws }: Subject) =>
  (status === 501 || (status >= 400 && status < 500)) &&
  !hasOwnFinding.has(status) &&
  refusal === undefined &&
  rule?.startsWith('aws/') !== true &&
  !(aws?.own === true && !aws.accepted)

/** Answers that set a client back, whatever it has sent. */
export const answerDiagnoses: readonly Diagnosis[] = [
  {
    id: 'client/refused',
    severity: 'error',
    title: 'A request that the tenant refuses',
    reason:
      'Its profile doesn’t take what was sent. Entra logs SystemForCrossDomainIdentityManagementServiceIncompatible for the object and tries again later.',
    mend: `The answer says what is wrong. ${inUserMapping('correct the mapping to the attribute that it names.')} Or give the tenant a profile that forgives more.`,
    source: sources.errorCodes,
    basis: 'documented',
    seenIn: subject => (wasRefused(subject) ? `The answer was ${statusWords(subject)}` : undefined),
  },
  {
    id: 'client/duplicate',
    severity: 'error',
    title: 'Something that has to be unique is taken',
    reason:
      'The client didn’t find the resource by what it looked for, and then couldn’t write it, because another has the same value. Entra logs EntryConflict and tries again later.',
    mend: `Delete or rename the other resource, or have it found: ${inUserMapping('give the attribute that clashes a matching precedence.')}`,
    source: sources.errorCodes,
    basis: 'documented',
    seenIn: subject =>
      subject.exchange.status === 409 && subject.type
        ? `The ${subject.type.name.toLowerCase()} was refused with ${statusWords(subject)}`
        : undefined,
  },
  {
    id: 'client/throttled',
    severity: 'warning',
    title: 'Too many requests',
    reason:
      'Entra tries again, but whether it waits as long as Retry-After says isn’t known; customers have ended in quarantine.',
    mend: 'Nothing in Entra sets its speed. Assign fewer users at a time, or switch throttling off for the tenant.',
    source: sources.errorCodes,
    basis: 'documented',
    seenIn: subject =>
      subject.exchange.status === 429 ? `The answer was ${statusWords(subject)}` : undefined,
  },
  {
    id: 'client/server-error',
    severity: 'error',
    title: 'The server failed',
    reason:
      'Entra tries the object again with the next cycle, then ever more seldom. Where it goes on for many objects the job is quarantined.',
    mend: 'If it was a fault that was set on purpose, take it away. Otherwise the server’s log says why, under the exchange’s id.',
    source: sources.errorCodes,
    basis: 'documented',
    seenIn: subject =>
      subject.exchange.status >= 500 && subject.exchange.status !== 501
        ? `The answer was ${statusWords(subject)}`
        : undefined,
  },
]
