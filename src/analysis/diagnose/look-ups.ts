import { resolveName } from '../../scim/attribute-name.ts'
import { shown } from '../../scim/error.ts'
import type { Diagnosis, Subject } from './diagnosis.ts'
import { inConnection, inUserMapping, sources } from './entra-pages.ts'
import { isGuid } from './look-up.ts'

/** A look-up of a name that nobody has, by which Entra finds out whether the target speaks SCIM. */
export const isProbe = ({ type, lookUp }: Subject): boolean =>
  type !== undefined &&
  lookUp !== undefined &&
  isGuid(lookUp.value) &&
  lookUp.attribute.toLowerCase() === type.labelledBy.toLowerCase()

/** Whether a look-up can only mean one: not by groups, members or managers, which many share. */
const seeksOne = ({ type, lookUp }: Subject): boolean => {
  const path = type && lookUp && resolveName(type, lookUp.attribute.replace(/\[[^\]]*\]/, ''))
  return path?.every(({ relation, name }) => !relation && name !== 'manager') === true
}

/** Busy and broken servers, and refused tokens, have findings of their own. */
const wasAnswered = ({ exchange: { refusal, status } }: Subject) =>
  refusal === undefined && status !== 429 && status < 500

/** What is odd about how resources are looked for. */
export const lookUpDiagnoses: readonly Diagnosis[] = [
  {
    id: 'client/probe-not-empty',
    severity: 'error',
    title: 'A probe was answered with something other than an empty list',
    reason:
      'Entra begins everything by looking for a random name. Anything but 200 with an empty list puts the whole job into quarantine.',
    mend: 'Look at the answer. A filter on the matching attribute has to be taken and to find nothing; a fault or a wrong Tenant URL spoils it.',
    source: sources.quarantine,
    basis: 'documented',
    seenIn: subject => {
      const { exchange, lookUp } = subject
      if (!isProbe(subject) || !wasAnswered(subject) || lookUp?.found === 0) return undefined
      return lookUp?.found === undefined
        ? `The probe was answered ${exchange.status}${exchange.status === 200 ? ' without a list' : ''}.`
        : `The probe found ${lookUp.found}.`
    },
  },
  {
    id: 'client/several-matches',
    severity: 'error',
    title: 'A look-up finds several',
    reason:
      'Entra can’t tell which one is meant: it writes nothing, and logs DuplicateTargetEntries for the object.',
    mend: `Remove all but one of them from the target, or match by what only one can have: ${inUserMapping('give userName, or externalId from objectId, the matching precedence 1.')}`,
    source: sources.errorCodes,
    basis: 'documented',
    seenIn: subject => {
      const { lookUp } = subject
      return lookUp?.found !== undefined && lookUp.found > 1 && seeksOne(subject) && !isProbe(subject)
        ? `${shown(lookUp.attribute, 60)} "${shown(lookUp.value)}" finds ${lookUp.found}.`
        : undefined
    },
  },
  {
    id: 'client/missing-resource',
    severity: 'warning',
    title: 'A resource that isn’t there is read',
    reason:
      'The client remembers an id that the target doesn’t have any more. Entra logs InvalidAnchor, and doesn’t create the object again by itself.',
    mend: 'Restart provisioning with its links cleared: Enterprise applications > your application > Provisioning > Restart provisioning. Delete users in Entra, not in the target.',
    source: sources.errorCodes,
    basis: 'documented',
    seenIn: ({ exchange: { method, status, target } }) =>
      method === 'GET' && status === 404 && target?.id !== undefined
        ? `There is no ${target.type} with the id "${shown(target.id)}".`
        : undefined,
  },
  {
    id: 'client/wrong-address',
    severity: 'error',
    title: 'An address that leads nowhere',
    reason: 'No SCIM endpoint is there, so that Entra calls the target incompatible.',
    mend: inConnection(
      'the Tenant URL is the tenant’s endpoint, as its page shows it: it ends with /scim/v2, and nothing follows.',
    ),
    source: sources.tutorial,
    basis: 'documented',
    seenIn: ({ exchange: { action, status, method, url } }) =>
      action === 'unknown address' && status === 404
        ? `There is nothing at ${method} ${shown(url.split('?', 1)[0] ?? '')}.`
        : undefined,
  },
]
