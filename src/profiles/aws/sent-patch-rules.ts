import { resolveName } from '../../scim/attribute-name.ts'
import { isObject, isUnassigned, type JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { PatchRule, PatchSubject } from '../profile.ts'
import type { Choices } from './choices.ts'
import { genericDetail } from './details.ts'
import { memberOf } from './document.ts'
import { emptiesMembers } from './reads.ts'
import { sources } from './sources.ts'
import { unsupportedIn, unsupportedPath } from './unsupported.ts'

const opOf = (sent: JsonObject) => String(memberOf(sent, 'op')).toLowerCase()
const hasPath = (sent: JsonObject) => !isUnassigned(memberOf(sent, 'path'))

/** `id` in a value is tolerated and doesn't count (idp-scim-sync sends it along). */
const attributesChanged = (sent: JsonObject) => {
  const value = memberOf(sent, 'value')
  return isObject(value) ? Object.keys(value).filter(name => name.toLowerCase() !== 'id').length : 0
}

/** Where an operation without a value is accepted and ignored. */
const isIgnored = ({ legacyMembers }: Choices, type: ResourceType, sent: JsonObject) => {
  const path = memberOf(sent, 'path')
  const attribute = typeof path === 'string' ? resolveName(type, path)?.[0] : undefined
  return (
    legacyMembers === 'ignore' &&
    attribute !== undefined &&
    opOf(sent) === 'replace' &&
    emptiesMembers('replace', attribute, undefined)
  )
}

const operationShapeRules = (choices: Choices): readonly PatchRule[] => [
  {
    id: 'aws/patch-op',
    says: 'Each operation of a PATCH says `add`, `replace` or `remove`, in any case.',
    source: sources.patchUser,
    basis: 'documented',
    brokenBy: ({ sent }) => sent.some(operation => !['add', 'replace', 'remove'].includes(opOf(operation))),
    detail: () => genericDetail,
  },
  {
    id: 'aws/remove-needs-a-path',
    says: 'An operation that removes has a path.',
    source: sources.cloudTrail,
    basis: 'documented',
    brokenBy: ({ sent }) => sent.some(operation => opOf(operation) === 'remove' && !hasPath(operation)),
    detail: () => 'Missing path in PATCH request',
  },
  {
    id: 'aws/add-and-replace-need-a-value',
    says: 'An operation that adds or replaces has a value.',
    source: sources.patchUser,
    basis: 'documented',
    brokenBy: ({ type, sent }) =>
      sent.some(
        operation =>
          opOf(operation) !== 'remove' &&
          memberOf(operation, 'value') === undefined &&
          !isIgnored(choices, type, operation),
      ),
    detail: () => genericDetail,
  },
  {
    id: 'aws/pathless-changes-one-attribute',
    says: 'An operation without a path changes one attribute; an `id` beside it doesn’t count.',
    source: sources.authentikPathless,
    basis: 'observed',
    brokenBy: ({ sent }) => sent.some(operation => !hasPath(operation) && attributesChanged(operation) > 1),
    detail: () =>
      'Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.',
  },
]

const unsupportedInOperation = (type: ResourceType, sent: JsonObject) => {
  const path = memberOf(sent, 'path')
  const value = memberOf(sent, 'value')
  if (typeof path === 'string') return unsupportedPath(type, path)
  return isObject(value) ? unsupportedIn(type, value) : undefined
}

const unsupportedInPatch = ({ type, sent }: PatchSubject) =>
  sent.map(operation => unsupportedInOperation(type, operation)).find(found => found !== undefined)

const unsupportedRule: PatchRule = {
  id: 'aws/no-patch-of-unsupported-attributes',
  says: 'A PATCH touches nothing that AWS calls unsupported.',
  source: sources.limitations,
  basis: 'assumed',
  brokenBy: subject => unsupportedInPatch(subject) !== undefined,
  detail: subject => `Attribute ${unsupportedInPatch(subject)} is not supported.`,
}

/** What is refused before paths and values are looked up. */
export const sentPatchRules = (choices: Choices): readonly PatchRule[] => [
  ...operationShapeRules(choices),
  ...(choices.unsupportedAttributes === 'refuse' ? [unsupportedRule] : []),
]
