import { enterpriseUrn, groupUrn, type JsonObject, userUrn } from '../scim.ts'

/** RFC 7643 §8.7.1, abridged: attributes as a server would advertise them, without defaults. */
type Characteristics = JsonObject
const string = (name: string, extra: Characteristics = {}): JsonObject => ({ name, type: 'string', ...extra })
const complex = (
  name: string,
  subAttributes: readonly JsonObject[],
  extra: Characteristics = {},
): JsonObject => ({ name, type: 'complex', subAttributes, ...extra })
const strings = (...names: readonly string[]): readonly JsonObject[] => names.map(name => string(name))
const several = { multiValued: true }
const primary: JsonObject = { name: 'primary', type: 'boolean' }

const plural = (name: string, types: readonly string[] = [], value: Characteristics = {}): JsonObject =>
  complex(
    name,
    [string('value', value), string('display'), string('type', { canonicalValues: types }), primary],
    several,
  )

const readOnly = { mutability: 'readOnly' }
const immutable = { mutability: 'immutable' }
const reference = (...referenceTypes: readonly string[]) => ({ type: 'reference', referenceTypes })

const user = [
  string('userName', { required: true, uniqueness: 'server' }),
  complex(
    'name',
    strings('formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'),
  ),
  ...strings('displayName', 'nickName'),
  string('profileUrl', reference('external')),
  ...strings('title', 'userType', 'preferredLanguage', 'locale', 'timezone'),
  { name: 'active', type: 'boolean' },
  string('password', { mutability: 'writeOnly', returned: 'never' }),
  plural('emails', ['work', 'home', 'other']),
  plural('phoneNumbers', ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
  plural('ims', ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo']),
  plural('photos', ['photo', 'thumbnail'], reference('external')),
  complex(
    'addresses',
    [
      ...strings('formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'),
      string('type', { canonicalValues: ['work', 'home', 'other'] }),
    ],
    several,
  ),
  complex(
    'groups',
    [
      string('value', readOnly),
      string('$ref', { ...reference('User', 'Group'), ...readOnly }),
      string('display', readOnly),
      string('type', { canonicalValues: ['direct', 'indirect'], ...readOnly }),
    ],
    { ...several, ...readOnly },
  ),
  plural('entitlements'),
  plural('roles'),
  plural('x509Certificates', [], { type: 'binary' }),
]

const group = [
  // Required by the RFC's prose (§4.2), but not by its example of a schema.
  string('displayName', { required: true }),
  complex(
    'members',
    [
      string('value', immutable),
      string('$ref', { ...reference('User', 'Group'), ...immutable }),
      string('type', { canonicalValues: ['User', 'Group'], ...immutable }),
    ],
    several,
  ),
]

const enterprise = [
  ...strings('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
  complex('manager', [string('value'), string('$ref', reference('User')), string('displayName', readOnly)]),
]

/** The schemas of RFC 7643, for servers that don't return their own. */
export const rfcSchemas: readonly JsonObject[] = [
  { id: userUrn, name: 'User', attributes: user },
  { id: groupUrn, name: 'Group', attributes: group },
  { id: enterpriseUrn, name: 'EnterpriseUser', attributes: enterprise },
]

export const rfcResourceTypes: readonly JsonObject[] = [
  {
    name: 'User',
    endpoint: '/Users',
    schema: userUrn,
    schemaExtensions: [{ schema: enterpriseUrn, required: false }],
  },
  { name: 'Group', endpoint: '/Groups', schema: groupUrn },
]
