import { type Attribute, attribute } from './attribute.ts'
import { resourceType, type Schema } from './resource-types.ts'

/** RFC 7643 §4.3, with erratum 8472 (`manager.value` is case exact). */
export const enterpriseUserSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute('employeeNumber', 'The number or code that the organisation gave the person.'),
    attribute('costCenter', 'The name of a cost centre.'),
    attribute('organization', 'The name of an organisation.'),
    attribute('division', 'The name of a division.'),
    attribute('department', 'The name of a department.'),
    attribute('manager', "The user's manager.", {
      type: 'complex',
      subAttributes: [
        attribute('value', 'The id of the user who is the manager.', {
          caseExact: true,
          lookup: true,
          refersTo: ['User'],
        }),
        attribute('$ref', 'The URI of the user who is the manager.', {
          type: 'reference',
          caseExact: true,
          referenceTypes: ['User'],
          derived: 'uri',
        }),
        attribute('displayName', "The manager's display name.", {
          mutability: 'readOnly',
          derived: 'display',
        }),
      ],
    }),
  ],
}

/**
 * RFC 7643 §4.2 and §8.7.1, with errata 5368 (`displayName` is required) and 6011 (`members.display`). A member's
 * `type` and `display` are read-only rather than immutable, for they are those of the resource that `value` names,
 * whatever a client sends.
 */
export const groupSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'Group',
  attributes: [
    attribute('displayName', 'The name of the group, for people.', { required: true, lookup: true }),
    attribute('members', 'The members of the group.', {
      type: 'complex',
      multiValued: true,
      relation: 'members',
      subAttributes: [
        attribute('value', 'The id of the member.', {
          caseExact: true,
          mutability: 'immutable',
          refersTo: ['User', 'Group'],
        }),
        attribute('$ref', 'The URI of the member.', {
          type: 'reference',
          caseExact: true,
          mutability: 'immutable',
          referenceTypes: ['User', 'Group'],
          derived: 'uri',
        }),
        attribute('type', 'The type of the member.', {
          mutability: 'readOnly',
          canonicalValues: ['User', 'Group'],
          derived: 'type',
        }),
        attribute('display', 'The name of the member, for people.', {
          mutability: 'readOnly',
          derived: 'display',
        }),
      ],
    }),
  ],
}

type Details = Partial<Omit<Attribute, 'name' | 'description'>>

/** The sub-attributes of RFC 7643 §2.4 that most multi-valued attributes share. */
const plural = (what: string, canonicalValues: readonly string[] | undefined, value: Details = {}) => [
  attribute('value', `The ${what}.`, value),
  attribute('display', `The ${what}, for people.`),
  attribute('type', `What the ${what} is for.`, canonicalValues && { canonicalValues }),
  attribute('primary', `Whether this is the preferred ${what}.`, { type: 'boolean' }),
]

const several = (name: string, description: string, subAttributes: readonly Attribute[]) =>
  attribute(name, description, { type: 'complex', multiValued: true, subAttributes })

/** RFC 7643 §4.1 and §8.7.1, with errata 6004 (no `uniqueness` on complex attributes) and 8471. */
export const userSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'User Account',
  attributes: [
    attribute('userName', 'The name by which the user signs in.', {
      required: true,
      uniqueness: 'server',
      lookup: true,
    }),
    attribute('name', "The parts of the user's name.", {
      type: 'complex',
      subAttributes: [
        attribute('formatted', 'The full name, for people.'),
        attribute('familyName', 'The family name.'),
        attribute('givenName', 'The given name.'),
        attribute('middleName', 'The middle names.'),
        attribute('honorificPrefix', 'The title before the name.'),
        attribute('honorificSuffix', 'The suffix after the name.'),
      ],
    }),
    attribute('displayName', 'The name of the user, for people.', { lookup: true }),
    attribute('nickName', 'The casual name of the user.'),
    attribute('profileUrl', "The URI of the user's profile page.", {
      type: 'reference',
      caseExact: true,
      referenceTypes: ['external'],
    }),
    attribute('title', "The user's title, such as Vice President."),
    attribute('userType', "The user's relation to the organisation, such as Contractor."),
    attribute('preferredLanguage', "The user's preferred languages, as in Accept-Language."),
    attribute('locale', "The user's locale, for dates, numbers and currency."),
    attribute('timezone', "The user's time zone, in IANA's names."),
    attribute('active', 'Whether the account is in use.', { type: 'boolean' }),
    attribute('password', "The user's password. It is never returned.", {
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
    }),
    several(
      'emails',
      'Email addresses.',
      plural('email address', ['work', 'home', 'other'], { lookup: true }),
    ),
    several(
      'phoneNumbers',
      'Phone numbers.',
      plural('phone number', ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    ),
    several(
      'ims',
      'Instant messaging addresses.',
      plural('instant messaging address', ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo']),
    ),
    several(
      'photos',
      'Photos.',
      plural('URI of a photo', ['photo', 'thumbnail'], {
        type: 'reference',
        caseExact: true,
        referenceTypes: ['external'],
      }),
    ),
    several('addresses', 'Postal addresses.', [
      attribute('formatted', 'The whole address, for people.'),
      attribute('streetAddress', 'Street, house number, post office box.'),
      attribute('locality', 'The city.'),
      attribute('region', 'The state or region.'),
      attribute('postalCode', 'The postal code.'),
      attribute('country', 'The country.'),
      attribute('type', 'What the address is for.', { canonicalValues: ['work', 'home', 'other'] }),
      attribute('primary', 'Whether this is the preferred address.', { type: 'boolean' }),
    ]),
    attribute('groups', 'The groups that the user is in. Membership changes through the groups.', {
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      relation: 'groups',
      subAttributes: [
        attribute('value', 'The id of the group.', {
          caseExact: true,
          mutability: 'readOnly',
          refersTo: ['Group'],
        }),
        attribute('$ref', 'The URI of the group.', {
          type: 'reference',
          caseExact: true,
          mutability: 'readOnly',
          referenceTypes: ['Group'],
          derived: 'uri',
        }),
        attribute('display', 'The name of the group, for people.', {
          mutability: 'readOnly',
          derived: 'display',
        }),
        attribute('type', 'Whether the user is a member itself or through another group.', {
          mutability: 'readOnly',
          canonicalValues: ['direct', 'indirect'],
          default: 'direct',
          indirect: 'indirect',
        }),
      ],
    }),
    several('entitlements', 'Things that the user is entitled to.', plural('entitlement', undefined)),
    several('roles', 'Roles of the user.', plural('role', undefined)),
    several(
      'x509Certificates',
      'Certificates of the user.',
      plural('DER certificate in base64', undefined, { type: 'binary', caseExact: true }),
    ),
  ],
}

/** RFC 7643 §4.1 with the extension of §4.3. */
export const userType = resourceType({
  name: 'User',
  endpoint: '/Users',
  description: 'User Account',
  schema: userSchema,
  extensions: [{ schema: enterpriseUserSchema, required: false }],
  labelAttribute: 'userName',
  displayAttribute: 'displayName',
  enabledAttribute: 'active',
})

/** RFC 7643 §4.2. */
export const groupType = resourceType({
  name: 'Group',
  endpoint: '/Groups',
  description: 'Group',
  schema: groupSchema,
  extensions: [],
  labelAttribute: 'displayName',
  displayAttribute: 'displayName',
})
