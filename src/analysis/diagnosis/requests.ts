import { resolveAttribute } from '../../scim/attribute.ts'
import { excerpt } from '../../scim/error.ts'
import { isObject } from '../../scim/json.ts'
import { findingSources, inConnection, inUserMapping, withFlag } from './entra-pages.ts'
import { type DiagnosisRule, type DiagnosisSubject, isGuid, type SentOperation } from './subject.ts'

/** A look-up of a name that nobody has, by which Entra finds out whether the target speaks SCIM. */
export const isProbe = ({ type, lookup }: DiagnosisSubject): boolean =>
  type !== undefined &&
  lookup !== undefined &&
  isGuid(lookup.value) &&
  lookup.attribute.toLowerCase() === type.labelAttribute.toLowerCase()

/** Whether a look-up can only mean one: not by groups, members or managers, which many share. */
const isSingleLookup = ({ type, lookup }: DiagnosisSubject): boolean => {
  const path = type && lookup && resolveAttribute(type, lookup.attribute.replace(/\[[^\]]*\]/, ''))
  return path?.every(({ relation, name }) => !relation && name !== 'manager') === true
}

/** Busy and broken servers, and refused tokens, have findings of their own. */
const wasAccepted = ({ exchange: { refusal, status } }: DiagnosisSubject) =>
  refusal === undefined && status !== 429 && status < 500

/** What is odd about how resources are looked for. */
export const lookupRules: readonly DiagnosisRule[] = [
  {
    id: 'client/probe-not-empty',
    severity: 'error',
    title: 'A probe was answered with something other than an empty list',
    reason:
      'Entra begins everything by looking for a random name. Anything but 200 with an empty list puts the whole job into quarantine.',
    remedy:
      'Look at the answer. A filter on the matching attribute has to be taken and to find nothing; a fault or a wrong Tenant URL spoils it.',
    source: findingSources.quarantine,
    basis: 'documented',
    detect: subject => {
      const { exchange, lookup } = subject
      if (!isProbe(subject) || !wasAccepted(subject) || lookup?.found === 0) return undefined
      return lookup?.found === undefined
        ? `The probe was answered ${exchange.status}${exchange.status === 200 ? ' without a list' : ''}.`
        : `The probe found ${lookup.found}.`
    },
  },
  {
    id: 'client/several-matches',
    severity: 'error',
    title: 'A look-up finds several',
    reason:
      'Entra can’t tell which one is meant: it writes nothing, and logs DuplicateTargetEntries for the object.',
    remedy: `Remove all but one of them from the target, or match by what only one can have: ${inUserMapping('give userName, or externalId from objectId, the matching precedence 1.')}`,
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject => {
      const { lookup } = subject
      return lookup?.found !== undefined && lookup.found > 1 && isSingleLookup(subject) && !isProbe(subject)
        ? `${excerpt(lookup.attribute, 60)} "${excerpt(lookup.value)}" finds ${lookup.found}.`
        : undefined
    },
  },
  {
    id: 'client/missing-resource',
    severity: 'warning',
    title: 'A resource that isn’t there is read',
    reason:
      'The client remembers an id that the target doesn’t have any more. Entra logs InvalidAnchor, and doesn’t create the object again by itself.',
    remedy:
      'Restart provisioning with its links cleared: Enterprise applications > your application > Provisioning > Restart provisioning. Delete users in Entra, not in the target.',
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: ({ exchange: { method, status, target } }) =>
      method === 'GET' && status === 404 && target?.id !== undefined
        ? `There is no ${target.type} with the id "${excerpt(target.id)}".`
        : undefined,
  },
  {
    id: 'client/wrong-address',
    severity: 'error',
    title: 'An address that leads nowhere',
    reason: 'No SCIM endpoint is there, so that Entra calls the target incompatible.',
    remedy: inConnection(
      'the Tenant URL is the tenant’s endpoint, as its page shows it: it ends with /scim/v2, and nothing follows.',
    ),
    source: findingSources.tutorial,
    basis: 'documented',
    detect: ({ exchange: { operation, status, method, url } }) =>
      operation === 'unknown-address' && status === 404
        ? `There is nothing at ${method} ${excerpt(url.split('?', 1)[0] ?? '')}.`
        : undefined,
  },
]

/** So often in a row the same PATCH is odd. */
const repeatThreshold = 3

const isCapitalized = ({ op }: SentOperation) => op !== op.toLowerCase()

const removesByValue = ({ op, path, value }: SentOperation) =>
  op.toLowerCase() === 'remove' && path !== undefined && Array.isArray(value) && value.length > 0

const dottedNames = ({ path, value }: SentOperation): readonly string[] =>
  path === undefined && isObject(value)
    ? Object.keys(value).filter(name => /^[a-z]\w*\.\w|\[/i.test(name))
    : []

const isBareManager = ({ path, value }: SentOperation) =>
  path !== undefined && /(^|:)manager$/i.test(path) && typeof value === 'string' && value !== ''

/** Where a PATCH isn't as RFC 7644 §3.5.2 has it, or does nothing new. */
export const patchRules: readonly DiagnosisRule[] = [
  {
    id: 'client/capitalised-operations',
    severity: 'note',
    title: 'PATCH operations in capitals',
    reason:
      'By default Entra writes Add, Replace and Remove, where SCIM has add, replace and remove. AWS and this server read both.',
    remedy: `Nothing for AWS. Elsewhere: ${withFlag}`,
    source: findingSources.compatibility,
    basis: 'documented',
    detect: ({ operations }) => {
      const found = operations.find(isCapitalized)
      return found && `An operation says "${found.op.slice(0, 20)}".`
    },
  },
  {
    id: 'client/removal-by-value',
    severity: 'note',
    title: 'Members are removed by value',
    reason:
      'By default Entra lists in the value who is to leave a group. AWS means it so, and takes it so; a server that reads RFC 7644 to the letter empties the whole group.',
    remedy: `Nothing for AWS. Elsewhere: ${withFlag}`,
    source: findingSources.compatibility,
    basis: 'documented',
    detect: ({ operations }) => {
      const found = operations.find(removesByValue)
      return (
        found &&
        `An operation removes ${Array.isArray(found.value) ? found.value.length : 0} of the values by listing them.`
      )
    },
  },
  {
    id: 'client/dotted-names',
    severity: 'note',
    title: 'Dotted names in a PATCH without a path',
    reason:
      'With the flag aadOptscim062020 Entra puts several attributes into one operation without a path, with names such as name.givenName. RFC 7644 knows no such names, and AWS refuses an operation without a path that changes more than one attribute.',
    remedy: inConnection('for AWS take ?aadOptscim062020 out of the Tenant URL.'),
    source: findingSources.compatibility,
    basis: 'documented',
    detect: ({ operations }) => {
      const names = operations.flatMap(dottedNames)
      return names.length === 0
        ? undefined
        : `An operation without a path has ${names.length} dotted ${names.length === 1 ? 'name' : 'names'}.`
    },
  },
  {
    id: 'client/manager-as-text',
    severity: 'note',
    title: 'The manager is sent as a bare id',
    reason:
      'SCIM has an object there, with the id as its value. Entra sends the id alone, with its flag as without it; AWS reads both, and a server that keeps to the letter refuses the id.',
    remedy: `Nothing for AWS. Elsewhere: ${inUserMapping('delete the mapping to manager if the target refuses it.')}`,
    source: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/686',
    basis: 'observed',
    detect: ({ operations }) =>
      operations.some(isBareManager) ? 'The manager is a text instead of an object.' : undefined,
  },
  {
    id: 'client/same-patch-again',
    severity: 'warning',
    title: 'The same PATCH again and again',
    reason:
      'It was taken each time and changed nothing any more. The client doesn’t find what it has written when it reads the resource again: the attribute isn’t kept or comes back differently.',
    remedy:
      'Look at what the GET before the PATCH answers for the attribute, and compare it with what is sent. In Entra, delete the mapping to an attribute that the target doesn’t keep.',
    source: findingSources.howItWorks,
    basis: 'inferred',
    detect: ({ repeatCount }) =>
      repeatCount >= repeatThreshold ? `This PATCH was sent ${repeatCount} times in a row.` : undefined,
  },
]
