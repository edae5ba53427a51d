import { randomUUID } from 'node:crypto'
import { type Attribute, attribute, subAttributesOf } from '../../scim/attribute.ts'
import {
  enterpriseUserSchema,
  groupSchema,
  groupType,
  userSchema,
  userType,
} from '../../scim/core-schemas.ts'
import { nonScimContainer, type ResourceType, resourceType } from '../../scim/resource-types.ts'
import type { Choices } from './features.ts'

type Change = Partial<Attribute>

const narrowed = (
  attributes: readonly Attribute[],
  changes: Readonly<Record<string, Change>>,
): readonly Attribute[] =>
  Object.entries(changes).flatMap(([name, change]) =>
    attributes.filter(attribute => attribute.name === name).map(found => ({ ...found, ...change })),
  )

const singleValuedList = (name: string, subs: Readonly<Record<string, Change>>): Change => ({
  maxValues: 1,
  subAttributes: narrowed(subAttributesNamed(userSchema.attributes, name), subs),
})

const subAttributesNamed = (attributes: readonly Attribute[], name: string): readonly Attribute[] =>
  attributes.filter(attribute => attribute.name === name).flatMap(subAttributesOf)

const unique = ({ letterCase }: Choices): Change => ({
  uniqueness: 'server',
  caseExact: letterCase === 'sensitive',
})

/** The common attributes (RFC 7643 §3.1). AWS requires `externalId` to be unique; the RFC leaves this to the client. */
const withUniqueExternalId = (type: ResourceType): ResourceType => ({
  ...type,
  attributes: type.attributes.map(attribute =>
    attribute.name === 'externalId' ? { ...attribute, uniqueness: 'server' } : attribute,
  ),
})

const onlyImported = [
  attribute('externalIds', 'The external IDs at AWS, with their issuers.', {
    type: 'complex',
    multiValued: true,
    maxValues: 10,
    subAttributes: [
      attribute('issuer', 'The issuer.'),
      attribute('id', 'The ID.'),
      attribute('scim', 'Whether it is the one that SCIM shows.', { type: 'boolean' }),
    ],
  }),
  attribute('unknownMembers', 'Members of an export that this version does not know, as JSON.'),
]
const userOnlyInApi = nonScimContainer([
  attribute('photos', 'Photos of the user.', {
    type: 'complex',
    multiValued: true,
    maxValues: 3,
    subAttributes: ['value', 'type', 'display']
      .map(name => attribute(name, `The ${name} of the photo.`))
      .concat(attribute('primary', 'Whether the photo is the primary one.', { type: 'boolean' })),
  }),
  attribute('website', 'The website of the user.'),
  attribute('birthdate', 'The date of birth, as in 1984-05-12.'),
  ...onlyImported,
])
const groupOnlyInApi = nonScimContainer([
  attribute('description', 'The description of the group.'),
  ...onlyImported,
])

const user = (choices: Choices): ResourceType =>
  resourceType({
    ...userType,
    nonScim: userOnlyInApi,
    schema: {
      ...userSchema,
      // In the order of AWS's samples.
      attributes: narrowed(userSchema.attributes, {
        userName: unique(choices),
        name: {
          required: true,
          subAttributes: narrowed(subAttributesNamed(userSchema.attributes, 'name'), {
            formatted: {},
            familyName: { required: true },
            givenName: { required: true },
            middleName: {},
            honorificPrefix: {},
            honorificSuffix: {},
          }),
        },
        displayName: { required: true },
        nickName: {},
        profileUrl: choices.profileUrl === 'hide' ? { returned: 'never', hidden: true } : {},
        title: {},
        userType: {},
        preferredLanguage: {},
        locale: {},
        timezone: {},
        active: { default: choices.activeDefault === 'true' },
        emails: {
          ...singleValuedList('emails', { value: unique(choices), type: {}, primary: {} }),
          required: choices.email === 'required',
        },
        addresses: singleValuedList('addresses', {
          formatted: {},
          streetAddress: {},
          locality: {},
          region: {},
          postalCode: {},
          country: {},
          type: {},
          primary: {},
        }),
        phoneNumbers: singleValuedList('phoneNumbers', { value: {}, type: {}, primary: {} }),
        groups: {},
        roles: singleValuedList('roles', { value: {}, type: {}, primary: {} }),
      }),
    },
    extensions: [
      {
        schema: {
          ...enterpriseUserSchema,
          attributes: narrowed(enterpriseUserSchema.attributes, {
            employeeNumber: {},
            costCenter: {},
            organization: {},
            division: {},
            department: {},
            manager: {
              subAttributes: narrowed(subAttributesNamed(enterpriseUserSchema.attributes, 'manager'), {
                value: {},
              }),
            },
          }),
        },
        required: false,
      },
    ],
  })

const group = (choices: Choices): ResourceType =>
  resourceType({
    ...groupType,
    nonScim: groupOnlyInApi,
    schema: {
      ...groupSchema,
      attributes: narrowed(groupSchema.attributes, {
        displayName: unique(choices),
        members: {
          subAttributes: narrowed(subAttributesNamed(groupSchema.attributes, 'members'), {
            value: { refersTo: ['User'] },
            $ref: { referenceTypes: ['User'] },
            type: { canonicalValues: ['User'] },
          }),
        },
      }),
    },
  })

export const awsResourceTypes = (choices: Choices): readonly ResourceType[] => [
  withUniqueExternalId(user(choices)),
  withUniqueExternalId(group(choices)),
]

/** The format of AWS's IDs since about 2022: `b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31`. */
export const newId = (): string =>
  randomUUID().replace(
    /^(.).(.).(.).(.).-(.).(.).-..(..)/,
    (_, a: string, b: string, c: string, d: string, e: string, f: string, g: string) =>
      `${a}4${b}8${c}4${d}8-${e}0${f}1-70${g}`,
  )
