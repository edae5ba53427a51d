import { type Attribute, attribute } from './attribute.ts'
import { resourceType, type Schema } from './resource-types.ts'

/** RFC 7643 §4.3, with erratum 8472 (`manager.value` is case exact). */
export const enterpriseUserSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    attribute('employeeNumber', 'The number or code that identifies the person within the organization.'),
    attribute('costCenter', 'The name of a cost center.'),
    attribute('organization', 'The name of an organization.'),
    attribute('division', 'The name of a division.'),
    attribute('department', 'The name of a department.'),
    attribute('manager', "The user's manager.", {
      type: 'complex',
      subAttributes: [
        attribute('value', "The manager's user ID.", {
          caseExact: true,
          lookup: true,
          refersTo: ['User'],
        }),
        attribute('$ref', "The URI of the manager's user resource.", {
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

const derivedDisplay = attribute('display', 'The display name of the member.', {
  mutability: 'readOnly',
  derived: 'display',
})

/**
 * RFC 7643 §4.2 and §8.7.1, with errata 5368 (`displayName` is required) and 6011 (`members.display`). A member's
 * `type` is read-only rather than immutable, because the provider derives it from the resource that `value` refers to.
 */
const groupSchemaWith = (memberDisplay: Attribute): Schema => ({
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'Group',
  attributes: [
    attribute('displayName', 'The display name of the group.', { required: true, lookup: true }),
    attribute('members', 'The members of the group.', {
      type: 'complex',
      multiValued: true,
      relation: 'members',
      subAttributes: [
        attribute('value', 'The ID of the member.', {
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
        attribute('type', 'The resource type of the member.', {
          mutability: 'readOnly',
          canonicalValues: ['User', 'Group'],
          derived: 'type',
        }),
        memberDisplay,
      ],
    }),
  ],
})

export const groupSchema = groupSchemaWith(derivedDisplay)

/** RFC 7643 §2.4: the `display` of a member is immutable, so a client may set it when it adds the member. */
const groupSchemaWithSentDisplays = groupSchemaWith({
  ...derivedDisplay,
  mutability: 'immutable',
  overridable: true,
})

type Details = Partial<Omit<Attribute, 'name' | 'description'>>

/** The sub-attributes of RFC 7643 §2.4 that most multi-valued attributes share. */
const plural = (what: string, canonicalValues: readonly string[] | undefined, value: Details = {}) => [
  attribute('value', `The ${what}.`, value),
  attribute('display', `The ${what} for display.`),
  attribute('type', `The purpose of the ${what}.`, canonicalValues && { canonicalValues }),
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
    attribute('userName', 'The name that the user signs in with.', {
      required: true,
      uniqueness: 'server',
      lookup: true,
    }),
    attribute('name', "The components of the user's name.", {
      type: 'complex',
      subAttributes: [
        attribute('formatted', 'The full name for display.'),
        attribute('familyName', 'The family name.'),
        attribute('givenName', 'The given name.'),
        attribute('middleName', 'The middle names.'),
        attribute('honorificPrefix', 'The honorific title before the name.'),
        attribute('honorificSuffix', 'The suffix after the name.'),
      ],
    }),
    attribute('displayName', 'The display name of the user.', { lookup: true }),
    attribute('nickName', 'The casual name of the user.'),
    attribute('profileUrl', "The URI of the user's profile page.", {
      type: 'reference',
      caseExact: true,
      referenceTypes: ['external'],
    }),
    attribute('title', "The user's title, such as Vice President."),
    attribute('userType', "The user's relationship to the organization, such as Contractor."),
    attribute('preferredLanguage', "The user's preferred languages, in the format of Accept-Language."),
    attribute('locale', "The user's locale for dates, numbers and currency."),
    attribute('timezone', "The IANA name of the user's time zone."),
    attribute('active', 'Whether the account is enabled.', { type: 'boolean' }),
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
      attribute('formatted', 'The full address for display.'),
      attribute('streetAddress', 'Street, house number or post office box.'),
      attribute('locality', 'The city.'),
      attribute('region', 'The state or region.'),
      attribute('postalCode', 'The postal code.'),
      attribute('country', 'The country.'),
      attribute('type', 'The purpose of the address.', { canonicalValues: ['work', 'home', 'other'] }),
      attribute('primary', 'Whether this is the preferred address.', { type: 'boolean' }),
    ]),
    attribute('groups', "The user's groups. Membership is changed through the groups.", {
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      relation: 'groups',
      subAttributes: [
        attribute('value', 'The ID of the group.', {
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
        attribute('display', 'The display name of the group.', {
          mutability: 'readOnly',
          derived: 'display',
        }),
        attribute('type', 'Whether the membership is direct or through another group.', {
          mutability: 'readOnly',
          canonicalValues: ['direct', 'indirect'],
          default: 'direct',
          indirect: 'indirect',
        }),
      ],
    }),
    several('entitlements', "The user's entitlements.", plural('entitlement', undefined)),
    several('roles', "The user's roles.", plural('role', undefined)),
    several(
      'x509Certificates',
      "The user's certificates.",
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

const groupTypeWith = (schema: Schema) =>
  resourceType({
    name: 'Group',
    endpoint: '/Groups',
    description: 'Group',
    schema,
    extensions: [],
    labelAttribute: 'displayName',
    displayAttribute: 'displayName',
  })

/** RFC 7643 §4.2. */
export const groupType = groupTypeWith(groupSchema)

export const groupTypeWithSentDisplays = groupTypeWith(groupSchemaWithSentDisplays)
