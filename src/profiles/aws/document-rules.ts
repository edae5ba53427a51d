import { findAttribute, pathText } from '../../scim/attribute.ts'
import { isObject, isUnassigned, type JsonObject } from '../../scim/json.ts'
import { memoize } from '../../scim/memoize.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { inScope, inUserMapping } from '../entra-pages.ts'
import type { AttributeViolation } from '../profile.ts'
import {
  type ConstraintFailure,
  type ConstraintKind,
  charactersIn,
  type DocumentRule,
  type DocumentSubject,
  failuresIn,
  failureText,
  genericDetail,
  leavesOf,
  memberOf,
  toList,
  unsupportedIn,
  validationErrors,
} from './document.ts'
import { type Choices, maxMembershipChanges } from './features.ts'
import { sources } from './sources.ts'

/** Finding the failures requires a pass through the whole document, and several rules need them. */
const memoizeFailures = ({ spaceInUserName }: Choices) => {
  const known = new WeakMap<JsonObject, readonly ConstraintFailure[]>()
  return ({ type, document }: DocumentSubject): readonly ConstraintFailure[] => {
    const found = known.get(document)
    if (found) return found
    const failures = failuresIn(type, document, { spaceInUserName })
    known.set(document, failures)
    return failures
  }
}

const constraintRules = (choices: Choices): readonly DocumentRule[] => {
  const failures = memoizeFailures(choices)
  const fails = (kind: ConstraintKind) => ({
    check: (subject: DocumentSubject) => {
      const found = failures(subject)
      const attributes = found.filter(failure => failure.kind === kind).map(toAttributeViolation)
      return attributes.length > 0 ? { detail: failureText(found), attributes } : undefined
    },
  })
  return [
    {
      id: 'aws/required-attributes',
      description:
        'A user requires `userName`, `displayName`, `name.givenName` and `name.familyName`; a group requires `displayName`.',
      source: sources.createUser,
      basis: 'documented',
      remedy: 'Send all of them. Where the directory has no value, send a default, such as "-".',
      entraRemedy: inUserMapping(
        'map userName, displayName, name.givenName and name.familyName, with a default for those that may be empty: IIF(IsPresent([surname]), [surname], "-").',
      ),
      ...fails('missing'),
    },
    {
      id: 'aws/no-empty-text',
      description:
        'No string except `type` may be empty, not even the manager’s ID. Omit unknown values or send null.',
      source: sources.cloudTrail,
      basis: 'documented',
      remedy: 'Omit the attribute, or send null, if the directory has no value.',
      entraRemedy: inUserMapping(
        'let the expression return a value or nothing, such as IgnoreFlowIfNullOrEmpty([jobTitle]), instead of an empty string.',
      ),
      ...fails('empty'),
    },
    {
      id: 'aws/text-length',
      description: 'A string has at most 1,024 characters, a `userName` 128, and an `externalId` 256.',
      source: sources.model,
      basis: 'documented',
      remedy: 'Shorten the value in the directory, or in the client’s attribute mapping.',
      entraRemedy: inUserMapping('shorten the value: Mid([jobTitle], 1, 1024).'),
      ...fails('too-long'),
    },
    {
      id: 'aws/text-characters',
      description:
        'Strings may contain only letters, marks, symbols, numbers, punctuation, spaces and line breaks; `userName` and `externalId` may not contain white space.',
      source: sources.cloudTrail,
      basis: 'documented',
      remedy: 'Remove the characters in the directory, or in the client’s attribute mapping.',
      entraRemedy: inUserMapping(
        'remove white space from userName and externalId with StripSpaces([userPrincipalName]), other characters with Replace.',
      ),
      ...fails('characters'),
    },
  ]
}

const toAttributeViolation = ({
  path,
  description: _,
  ...failure
}: ConstraintFailure): AttributeViolation => ({
  ...failure,
  path: pathText(path),
})

const limitedLists = memoize(({ attributes }: ResourceType) =>
  attributes.flatMap(({ name, maxValues }) => (maxValues === undefined ? [] : [{ name, maxValues }])),
)

const overfullList = ({ type, document }: DocumentSubject) =>
  limitedLists(type).find(({ name, maxValues }) => toList(memberOf(document, name)).length > maxValues)

/** CloudTrail's list of messages words the one on addresses differently. */
const overfullText = (name: string) =>
  name === 'addresses'
    ? 'List attribute addresses allowed limit of 1'
    : `List attribute ${name} exceeds allowed limit of 1`

const elementsOf = (name: string, { document }: DocumentSubject) =>
  toList(memberOf(document, name)).filter(isObject)

const isTrue = (value: unknown) =>
  value === true || (typeof value === 'string' && value.toLowerCase() === 'true')

const membersOf = ({ document }: DocumentSubject) => toList(memberOf(document, 'members'))

const reservedNames = new Set(['administrator', 'awsadministrators'])

const nameOf = ({ type, document }: DocumentSubject) => memberOf(document, type.labelAttribute)

const shapeRules: readonly DocumentRule[] = [
  {
    id: 'aws/one-value-per-list',
    description: 'A user has at most one email address, one phone number, one address and one role.',
    source: sources.createUser,
    basis: 'documented',
    remedy:
      'Send one value each: delete the mappings to the others. If the stored email address has no type, a change of emails[type eq "work"] adds another: see the tenant’s switch untypedEmail.',
    entraRemedy: inUserMapping(
      'keep one mapping each to emails, phoneNumbers, addresses and roles, those of type "work", and delete phoneNumbers[type eq "mobile"].value and phoneNumbers[type eq "fax"].value.',
    ),
    check: subject => {
      const list = overfullList(subject)
      return list && { detail: overfullText(list.name), attributes: [{ path: list.name, kind: 'too-many' }] }
    },
  },
  {
    id: 'aws/email-is-primary',
    description: 'An email address must have `"primary": true`.',
    source: sources.createUser,
    basis: 'documented',
    remedy: 'Send one email address, with "primary": true.',
    entraRemedy: inUserMapping(
      'map emails[type eq "work"].value, which Entra sends as the primary one, and no other email.',
    ),
    check: subject =>
      elementsOf('emails', subject).some(email => !isTrue(memberOf(email, 'primary')))
        ? { detail: 'The email address must be the primary one.' }
        : undefined,
  },
  {
    id: 'aws/reserved-names',
    description:
      '`Administrator` and `AWSAdministrators` are reserved names, which users and groups may not have.',
    source: sources.model,
    basis: 'documented',
    remedy: 'Rename the user or group in the directory.',
    check: subject => {
      const name = String(nameOf(subject))
      if (!reservedNames.has(name.toLowerCase())) return undefined
      return {
        detail: `${name} is a reserved name.`,
        attributes: [{ path: subject.type.labelAttribute, kind: 'reserved' }],
      }
    },
  },
  {
    id: 'aws/no-role-display',
    description:
      'A role may have `value`, `type` and `primary`, but no `display`. CreateUser’s page documents this; PUT is assumed to be the same.',
    source: sources.createUser,
    basis: 'documented',
    remedy: 'Send roles without display.',
    entraRemedy: inUserMapping(
      'map roles[primary eq "True"].value to SingleAppRoleAssignment([appRoleAssignments]), which sends no display.',
    ),
    check: subject =>
      elementsOf('roles', subject).some(role => !isUnassigned(memberOf(role, 'display')))
        ? {
            detail: 'Attribute roles.display is not supported.',
            attributes: [{ path: 'roles.display', kind: 'unsupported' }],
          }
        : undefined,
  },
  {
    id: 'aws/no-groups-on-create',
    description: 'A user cannot be created with `groups`.',
    source: sources.createUser,
    basis: 'documented',
    remedy: 'Send no groups with a user. Memberships are written with the groups.',
    entraRemedy: inUserMapping('delete the mapping to groups. Memberships are written with the groups.'),
    check: ({ operation, type, document }) =>
      operation === 'create' &&
      findAttribute(type.attributes, 'groups') !== undefined &&
      !isUnassigned(memberOf(document, 'groups'))
        ? { detail: 'Attribute groups is not supported when a user is created.' }
        : undefined,
  },
  {
    id: 'aws/at-most-100-members-on-create',
    description: `A group can be created with at most ${maxMembershipChanges} members.`,
    source: sources.createGroup,
    basis: 'documented',
    remedy: `Create the group with at most ${maxMembershipChanges} members, and add the others with PATCH.`,
    check: subject =>
      membersOf(subject).length > maxMembershipChanges
        ? { detail: `List attribute members exceeds allowed limit of ${maxMembershipChanges}` }
        : undefined,
  },
  {
    id: 'aws/no-nested-groups',
    description: 'Only users can be members of a group.',
    source: sources.limitations,
    basis: 'documented',
    remedy: 'Assign the inner groups themselves instead of the group that contains them.',
    entraRemedy: inScope('assign the inner groups themselves instead of the group that contains them.'),
    check: subject =>
      membersOf(subject).some(member => isObject(member) && isGroup(memberOf(member, 'type')))
        ? { detail: 'Groups are not supported as members of a group.' }
        : undefined,
  },
]

const isGroup = (type: unknown) => typeof type === 'string' && type.toLowerCase() === 'group'

const charactersFound = (
  pattern: RegExp,
  { type, document }: DocumentSubject,
): readonly AttributeViolation[] =>
  leavesOf(type, document).flatMap(({ path, value }) =>
    typeof value === 'string' && pattern.test(value)
      ? [
          {
            path: pathText(path),
            kind: 'characters' as const,
            characters: charactersIn(value, character => pattern.test(character)),
          },
        ]
      : [],
  )

const genericViolation = (attributes: readonly AttributeViolation[]) =>
  attributes.length > 0 ? { detail: genericDetail, attributes } : undefined

const specialCharactersRule: DocumentRule = {
  id: 'aws/no-special-characters',
  description: 'Strings may not contain the characters `< > ; : %`.',
  source: sources.microsoft,
  basis: 'documented',
  remedy: 'Replace the characters in the client’s attribute mapping, or correct the names in the directory.',
  entraRemedy: inUserMapping(
    'replace the characters: Replace([displayName], ":", , , "-"). Or correct the names in the directory.',
  ),
  check: ({ document, ...subject }) =>
    genericViolation(charactersFound(/[<>;:%]/, { ...subject, document: withoutLinks(document) })),
}

/** Every absolute URL contains a colon. */
const withoutLinks = (document: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(document).filter(([name]) => name.toLowerCase() !== 'profileurl'))

const lineBreaksRule: DocumentRule = {
  id: 'aws/no-line-breaks',
  description: 'Strings may not contain tabs, line feeds or carriage returns.',
  source: sources.microsoft,
  basis: 'documented',
  remedy: 'Remove tabs and line breaks in the client’s attribute mapping, or in the directory.',
  entraRemedy: inUserMapping(
    'remove tabs and line breaks from the value with Replace, or correct it in the directory.',
  ),
  check: subject => genericViolation(charactersFound(/[\t\n\r]/, subject)),
}

const putIdRule: DocumentRule = {
  id: 'aws/put-repeats-the-id',
  description: 'The body of a PUT on a user must contain the `id`.',
  source: sources.idcSync,
  basis: 'observed',
  remedy: 'Repeat the id in the body of the PUT.',
  check: ({ operation, document }) =>
    operation === 'replace' && isUnassigned(memberOf(document, 'id'))
      ? { detail: validationErrors([{ at: 'id', description: 'Member must not be null' }]) }
      : undefined,
}

const unsupportedRule: DocumentRule = {
  id: 'aws/no-unsupported-attributes',
  description:
    'Attributes that AWS lists as unsupported are rejected: `password`, `ims`, `photos`, `entitlements`, `x509Certificates`, `display` of a value, `displayName` of a manager.',
  source: sources.limitations,
  basis: 'assumed',
  remedy: 'Delete the mappings to these attributes.',
  entraRemedy: inUserMapping('delete the mappings to these attributes.'),
  check: ({ type, document }) => {
    const attribute = unsupportedIn(type, document)
    return attribute === undefined
      ? undefined
      : {
          detail: `Attribute ${attribute} is not supported.`,
          attributes: [{ path: attribute, kind: 'unsupported' }],
        }
  },
}

export const documentRules = (choices: Choices): readonly DocumentRule[] => [
  ...constraintRules(choices),
  ...shapeRules,
  ...(choices.specialCharacters === 'refuse' ? [specialCharactersRule] : []),
  ...(choices.lineBreaks === 'refuse' ? [lineBreaksRule] : []),
  ...(choices.putUserId === 'required' ? [putIdRule] : []),
  ...(choices.unsupportedAttributes === 'refuse' ? [unsupportedRule] : []),
]
