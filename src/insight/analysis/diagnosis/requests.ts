import {
  findingSources,
  inConnection,
  inUserMapping,
  withFlag,
  withFlagElsewhere,
} from '../../../profiles/entra-pages.ts'
import { resolveAttribute, withoutFilter } from '../../../scim/attribute.ts'
import { isObject } from '../../../scim/json.ts'
import type { SentOperation } from '../../../scim/messages.ts'
import { excerpt } from '../../../scim/text.ts'
import { type DiagnosisRule, type DiagnosisSubject, isGuid } from './subject.ts'

export const isProbe = ({ type, lookup }: DiagnosisSubject): boolean =>
  type !== undefined &&
  lookup !== undefined &&
  isGuid(lookup.value) &&
  lookup.attribute.toLowerCase() === type.labelAttribute.toLowerCase()

/** Whether at most one resource should match a look-up: not by groups, members or managers, which many share. */
const isSingleLookup = ({ type, lookup }: DiagnosisSubject): boolean => {
  const path = type && lookup && resolveAttribute(type, withoutFilter(lookup.attribute))
  return path?.every(({ relation, name }) => !relation && name !== 'manager') === true
}

/** Throttling, server errors and rejected tokens have their own findings. */
const wasAccepted = ({ exchange: { refusal, status } }: DiagnosisSubject) =>
  refusal === undefined && status !== 429 && status < 500

export const lookupRules: readonly DiagnosisRule[] = [
  {
    id: 'client/probe-not-empty',
    severity: 'error',
    title: 'Connection test did not return an empty list',
    reason:
      'Entra starts every cycle by looking up a random name. Any response other than 200 with an empty list puts the whole job into quarantine.',
    remedy:
      'Check the response. The target must accept a filter on the matching attribute and return an empty list. An active fault or a wrong URL prevents that.',
    source: findingSources.quarantine,
    basis: 'documented',
    detect: subject => {
      const { exchange, lookup } = subject
      if (!isProbe(subject) || !wasAccepted(subject) || lookup?.found === 0) return undefined
      return lookup?.found === undefined
        ? `The response was ${exchange.status}${exchange.status === 200 ? ' without a list' : ''}.`
        : `The response has ${lookup.found} ${lookup.found === 1 ? 'result' : 'results'}.`
    },
  },
  {
    id: 'client/several-matches',
    severity: 'error',
    title: 'Several matches for one object',
    reason: 'The client can’t decide which resource to update.',
    reasons: {
      entra:
        'Entra can’t decide which resource to update: it writes nothing, and logs DuplicateTargetEntries for the object.',
    },
    remedy:
      'Delete the duplicates in the target, or match by a unique attribute: userName, or externalId from an identifier that never changes.',
    remedies: {
      entra: `Delete the duplicates in the target, or match by a unique attribute: ${inUserMapping('give userName, or externalId from objectId, the matching precedence 1.')}`,
    },
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject => {
      const { lookup } = subject
      return lookup?.found !== undefined && lookup.found > 1 && isSingleLookup(subject) && !isProbe(subject)
        ? `${excerpt(lookup.attribute, 60)} "${excerpt(lookup.value)}" matches ${lookup.found} resources.`
        : undefined
    },
  },
  {
    id: 'client/missing-resource',
    severity: 'warning',
    title: 'Read of a resource that does not exist',
    reason:
      'The client uses an ID that no longer exists in the target. Each further request for the object fails.',
    reasons: {
      entra:
        'The client uses an ID that no longer exists in the target. Entra logs InvalidAnchor, and doesn’t recreate the object on its own.',
    },
    remedy:
      'Let the client forget the ID and create the object again. Delete users and groups in the identity provider, not in the target.',
    remedies: {
      entra:
        'Clear the links by restarting provisioning: Enterprise applications > your application > Provisioning > Restart provisioning. Delete users in Entra, not in the target.',
    },
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: ({ exchange: { method, status, target } }) =>
      method === 'GET' && status === 404 && target?.id !== undefined
        ? `No ${target.type} has the ID "${excerpt(target.id)}".`
        : undefined,
  },
  {
    id: 'client/wrong-address',
    severity: 'error',
    title: 'Wrong URL',
    reason: 'The URL is not a SCIM endpoint, so every request fails.',
    reasons: { entra: 'The URL is not a SCIM endpoint, so Entra treats the target as incompatible.' },
    remedy: 'Enter the SCIM endpoint from the page Connect in the client. It ends with /scim/v2.',
    remedies: {
      entra: inConnection(
        'enter the SCIM endpoint from the page Connect as Tenant URL. It ends with /scim/v2.',
      ),
    },
    source: findingSources.tutorial,
    basis: 'documented',
    detect: ({ exchange: { operation, status, method, url } }) =>
      operation === 'unknown-address' && status === 404
        ? `No endpoint matches ${method} ${excerpt(url.split('?', 1)[0] ?? '')}.`
        : undefined,
  },
]

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

/** The draft's section 6.5.2 prohibits `members[value eq "…"]`, and leaves the list of values. */
const onlyForOthers =
  'Not needed for AWS, or for a target that follows the SCIM Interoperability Profile. For other targets:'

/** PATCH requests that deviate from RFC 7644 §3.5.2 or have no effect. */
export const patchRules: readonly DiagnosisRule[] = [
  {
    id: 'client/capitalised-operations',
    severity: 'note',
    title: 'Capitalized PATCH operations',
    reason:
      'The operations are Add, Replace and Remove; SCIM defines add, replace and remove. AWS and this server accept both.',
    reasons: {
      entra:
        'By default Entra sends Add, Replace and Remove; SCIM defines add, replace and remove. AWS and this server accept both.',
    },
    remedy: 'Not needed for AWS. For other targets: send add, replace and remove in lower case.',
    remedies: { entra: withFlagElsewhere },
    source: findingSources.compatibility,
    basis: 'documented',
    detect: ({ operations }) => {
      const found = operations.find(isCapitalized)
      return found && `An operation has the op "${found.op.slice(0, 20)}".`
    },
  },
  {
    id: 'client/removal-by-value',
    severity: 'note',
    title: 'Members removed by value',
    reason:
      'The members to remove are listed in the value. AWS documents and accepts this form; a server that follows RFC 7644 strictly removes all members of the group.',
    reasons: {
      entra:
        'By default Entra lists the members to remove in the value. AWS documents and accepts this form; a server that follows RFC 7644 strictly removes all members of the group.',
    },
    remedy: `${onlyForOthers} send an operation per member with the path members[value eq "…"].`,
    remedies: { entra: `${onlyForOthers} ${withFlag}` },
    source: findingSources.compatibility,
    basis: 'documented',
    detect: ({ operations }) => {
      const found = operations.find(removesByValue)
      return (
        found && `An operation lists ${Array.isArray(found.value) ? found.value.length : 0} values to remove.`
      )
    },
  },
  {
    id: 'client/dotted-names',
    severity: 'note',
    title: 'Dotted names in a PATCH without a path',
    reason:
      'An operation without a path has several attributes, with names such as name.givenName. RFC 7644 doesn’t define such names, and AWS rejects an operation without a path that changes more than one attribute.',
    reasons: {
      entra:
        'With the flag aadOptscim062020, Entra puts several attributes into one operation without a path, with names such as name.givenName. RFC 7644 doesn’t define such names, and AWS rejects an operation without a path that changes more than one attribute.',
    },
    remedy: 'Send an operation per attribute, each with a path.',
    remedies: { entra: inConnection('for AWS, remove ?aadOptscim062020 from the Tenant URL.') },
    source: findingSources.compatibility,
    basis: 'documented',
    detect: ({ operations }) => {
      const names = operations.flatMap(dottedNames)
      return names.length === 0
        ? undefined
        : `An operation without a path contains ${names.length} dotted ${names.length === 1 ? 'name' : 'names'}.`
    },
  },
  {
    id: 'client/manager-as-text',
    severity: 'note',
    title: 'Manager sent as a plain ID',
    reason:
      'SCIM defines the manager as an object with the ID in value. AWS accepts the plain ID, too; a strict server rejects it.',
    reasons: {
      entra:
        'SCIM defines the manager as an object with the ID in value. Entra sends only the ID, with or without its flag. AWS accepts both; a strict server rejects the plain ID.',
    },
    remedy:
      'Not needed for AWS. For other targets: send the manager as {"value": "…"}, or delete the mapping to manager.',
    remedies: {
      entra: `Not needed for AWS. For other targets: ${inUserMapping('delete the mapping to manager if the target rejects it.')}`,
    },
    source: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/686',
    basis: 'observed',
    detect: ({ operations }) =>
      operations.some(isBareManager) ? 'The manager is a string instead of an object.' : undefined,
  },
  {
    id: 'client/same-patch-again',
    severity: 'warning',
    title: 'Repeated identical PATCH',
    reason:
      'The request succeeded each time without changing anything. When the client reads the resource, the attribute is missing or has a different value, so it sends the PATCH again.',
    remedy:
      'Compare the attribute in the response to the GET before the PATCH with the value that the PATCH sends. Delete the mapping to an attribute that the target doesn’t store.',
    remedies: {
      entra:
        'Compare the attribute in the response to the GET before the PATCH with the value that the PATCH sends. In Entra, delete the mapping to an attribute that the target doesn’t store.',
    },
    source: findingSources.howItWorks,
    basis: 'inferred',
    detect: ({ repeatCount }) =>
      repeatCount >= repeatThreshold ? `This PATCH was sent ${repeatCount} times in a row.` : undefined,
  },
]
