import { findAttribute } from '../../scim/attribute.ts'
import { isObject, isUnassigned, type JsonObject } from '../../scim/json.ts'
import type { Choices } from './choices.ts'
import { constraintRules } from './constraint-rules.ts'
import { validationErrors } from './constraints.ts'
import { genericDetail } from './details.ts'
import type { DocumentRule, DocumentSubject } from './document.ts'
import { leavesOf, listed, memberOf } from './document.ts'
import { maxMembershipChanges } from './limits.ts'
import { sources } from './sources.ts'
import { unsupportedIn } from './unsupported.ts'

const crowdedList = ({ type, document }: DocumentSubject) =>
  type.attributes.find(
    ({ name, maxValues }) => maxValues !== undefined && listed(memberOf(document, name)).length > maxValues,
  )

/** CloudTrail's list of messages words the one on addresses differently. */
const crowdedText = (name: string) =>
  name === 'addresses'
    ? 'List attribute addresses allowed limit of 1'
    : `List attribute ${name} exceeds allowed limit of 1`

const elementsOf = (name: string, { document }: DocumentSubject) =>
  listed(memberOf(document, name)).filter(isObject)

const isTrue = (value: unknown) =>
  value === true || (typeof value === 'string' && value.toLowerCase() === 'true')

const membersOf = ({ document }: DocumentSubject) => listed(memberOf(document, 'members'))

const reservedNames = new Set(['administrator', 'awsadministrators'])

const nameOf = ({ type, document }: DocumentSubject) => memberOf(document, type.labelledBy)

const shapeRules: readonly DocumentRule[] = [
  {
    id: 'aws/one-value-per-list',
    says: 'A user has at most one email address, one phone number, one address and one role.',
    source: sources.createUser,
    basis: 'documented',
    brokenBy: subject => crowdedList(subject) !== undefined,
    detail: subject => crowdedText(crowdedList(subject)?.name ?? ''),
  },
  {
    id: 'aws/email-is-primary',
    says: 'An email address that is sent has `"primary": true`.',
    source: sources.createUser,
    basis: 'documented',
    brokenBy: subject => elementsOf('emails', subject).some(email => !isTrue(memberOf(email, 'primary'))),
    detail: () => 'The email address must be the primary one.',
  },
  {
    id: 'aws/reserved-names',
    says: '`Administrator` and `AWSAdministrators` are no names for users and groups.',
    source: sources.model,
    basis: 'documented',
    brokenBy: subject => reservedNames.has(String(nameOf(subject)).toLowerCase()),
    detail: subject => `${String(nameOf(subject))} is a reserved name.`,
  },
  {
    id: 'aws/no-role-display',
    says: 'A role has no `display`: `value`, `type` and `primary` are all that it may have. CreateUser’s page says so; PUT is taken to be the same.',
    source: sources.createUser,
    basis: 'documented',
    brokenBy: subject => elementsOf('roles', subject).some(role => !isUnassigned(memberOf(role, 'display'))),
    detail: () => 'Attribute roles.display is not supported.',
  },
  {
    id: 'aws/no-groups-on-create',
    says: '`groups` is not sent when a user is created.',
    source: sources.createUser,
    basis: 'documented',
    brokenBy: ({ operation, type, document }) =>
      operation === 'create' &&
      findAttribute(type.attributes, 'groups') !== undefined &&
      !isUnassigned(memberOf(document, 'groups')),
    detail: () => 'Attribute groups is not supported when a user is created.',
  },
  {
    id: 'aws/at-most-100-members-on-create',
    says: `A group is created with at most ${maxMembershipChanges} members.`,
    source: sources.createGroup,
    basis: 'documented',
    brokenBy: subject => membersOf(subject).length > maxMembershipChanges,
    detail: () => `List attribute members exceeds allowed limit of ${maxMembershipChanges}`,
  },
  {
    id: 'aws/no-nested-groups',
    says: 'The members of a group are users.',
    source: sources.limitations,
    basis: 'documented',
    brokenBy: subject =>
      membersOf(subject).some(member => isObject(member) && isGroup(memberOf(member, 'type'))),
    detail: () => 'Groups are not supported as members of a group.',
  },
]

const isGroup = (type: unknown) => typeof type === 'string' && type.toLowerCase() === 'group'

const textIn = (pattern: RegExp, { type, document }: DocumentSubject) =>
  leavesOf(type, document).some(({ value }) => typeof value === 'string' && pattern.test(value))

const specialCharactersRule: DocumentRule = {
  id: 'aws/no-special-characters',
  says: 'Texts have none of the characters `< > ; : %`.',
  source: sources.microsoft,
  basis: 'documented',
  brokenBy: ({ document, ...subject }) => textIn(/[<>;:%]/, { ...subject, document: withoutLinks(document) }),
  detail: () => genericDetail,
}

/** A URL can't do without the colon. */
const withoutLinks = (document: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(document).filter(([name]) => name.toLowerCase() !== 'profileurl'))

const lineBreaksRule: DocumentRule = {
  id: 'aws/no-line-breaks',
  says: 'Texts have no tabs, line feeds and carriage returns.',
  source: sources.microsoft,
  basis: 'documented',
  brokenBy: subject => textIn(/[\t\n\r]/, subject),
  detail: () => genericDetail,
}

const putIdRule: DocumentRule = {
  id: 'aws/put-repeats-the-id',
  says: 'The body of a PUT on a user has the `id`.',
  source: sources.idcSync,
  basis: 'observed',
  brokenBy: ({ operation, document }) => operation === 'replace' && isUnassigned(memberOf(document, 'id')),
  detail: () => validationErrors([{ at: 'id', says: 'Member must not be null' }]),
}

const unsupportedRule: DocumentRule = {
  id: 'aws/no-unsupported-attributes',
  says: 'What AWS calls unsupported is not sent: `password`, `ims`, `photos`, `entitlements`, `x509Certificates`, `display` of a value, `displayName` of a manager.',
  source: sources.limitations,
  basis: 'assumed',
  brokenBy: ({ type, document }) => unsupportedIn(type, document) !== undefined,
  detail: ({ type, document }) => `Attribute ${unsupportedIn(type, document)} is not supported.`,
}

/** What a body, and a resource that comes of it, must not be. */
export const documentRules = (choices: Choices): readonly DocumentRule[] => [
  ...constraintRules(choices),
  ...shapeRules,
  ...(choices.specialCharacters === 'refuse' ? [specialCharactersRule] : []),
  ...(choices.lineBreaks === 'refuse' ? [lineBreaksRule] : []),
  ...(choices.putUserId === 'required' ? [putIdRule] : []),
  ...(choices.unsupportedAttributes === 'refuse' ? [unsupportedRule] : []),
]
