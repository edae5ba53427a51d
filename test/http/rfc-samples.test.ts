import t from 'tap'
import { aGroup, enterpriseUrn, userUrn } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'

/** The user of RFC 7643 §8.2 and §8.3, with the country as corrected by erratum 5990. */
const bjensen = {
  schemas: [userUrn, enterpriseUrn],
  externalId: '701984',
  userName: 'bjensen@example.com',
  name: {
    formatted: 'Ms. Barbara J Jensen, III',
    familyName: 'Jensen',
    givenName: 'Barbara',
    middleName: 'Jane',
    honorificPrefix: 'Ms.',
    honorificSuffix: 'III',
  },
  displayName: 'Babs Jensen',
  nickName: 'Babs',
  profileUrl: 'https://login.example.com/bjensen',
  emails: [
    { value: 'bjensen@example.com', type: 'work', primary: true },
    { value: 'babs@jensen.org', type: 'home' },
  ],
  addresses: [
    {
      type: 'work',
      streetAddress: '100 Universal City Plaza',
      locality: 'Hollywood',
      region: 'CA',
      postalCode: '91608',
      country: 'US',
      formatted: '100 Universal City Plaza\nHollywood, CA 91608 USA',
      primary: true,
    },
    { type: 'home', streetAddress: '456 Hollywood Blvd', locality: 'Hollywood', country: 'US' },
  ],
  phoneNumbers: [
    { value: '555-555-5555', type: 'work' },
    { value: '555-555-4444', type: 'mobile' },
  ],
  ims: [{ value: 'someaimhandle', type: 'aim' }],
  photos: [
    { value: 'https://photos.example.com/profilephoto/72930000000Ccne/F', type: 'photo' },
    { value: 'https://photos.example.com/profilephoto/72930000000Ccne/T', type: 'thumbnail' },
  ],
  userType: 'Employee',
  title: 'Tour Guide',
  preferredLanguage: 'en-US',
  locale: 'en-US',
  timezone: 'America/Los_Angeles',
  active: true,
  [enterpriseUrn]: {
    employeeNumber: '701984',
    costCenter: '4130',
    organization: 'Universal Studios',
    division: 'Theme Park',
    department: 'Tour Operations',
    manager: { value: '26118915-6090-4610-87e4-49d8ca9f808d' },
  },
}

/** Attributes that only a server sets, and that a client sends when it returns a resource unchanged. */
const ofServer = {
  id: '2819c223-7f76-453a-919d-413861904646',
  groups: [
    {
      value: 'e9e30dba-f08f-4109-8486-d5c6a331660a',
      $ref: 'https://example.com/v2/Groups/e9e30dba-f08f-4109-8486-d5c6a331660a',
      display: 'Tour Guides',
    },
  ],
  meta: { resourceType: 'User', created: '2010-01-23T04:56:22Z', version: 'W/"3694e05e9dff591"' },
}

t.test('R-084 R-085 R-025 the user of RFC 7643 is accepted unchanged and returned', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { status, body } = await client.post('/Users', { ...bjensen, ...ofServer, password: 't1meMa$heen' })
  const { id, meta, ...rest } = body
  t.same([status, rest], [201, bjensen])
  t.not(id, ofServer.id)
  t.equal(meta.resourceType, 'User')
  t.same((await client.put(`/Users/${id}`, body)).body, body, 'the response can be sent back unchanged')
})

/** Each filter of RFC 7644 figures 2 to 18, and similar ones, all of which match bjensen. */
const filters = [
  'userName Eq "bjensen@example.com"',
  'name.familyName co "ENSEN"',
  'userName sw "B"',
  `${userUrn}:userName sw "B"`,
  'title pr',
  'meta.lastModified gt "2011-05-13T04:42:34Z"',
  'meta.lastModified ge "2011-05-13T04:42:34Z"',
  'meta.lastModified gt "2011-05-13T04:42:34+02:00"',
  'not (meta.lastModified lt "2011-05-13T04:42:34Z")',
  'not (meta.lastModified le "2011-05-13T04:42:34Z")',
  'title pr and userType eq "Employee"',
  'title pr or userType eq "Intern"',
  `schemas eq "${enterpriseUrn}"`,
  'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
  'userType ne "Contractor" and not (emails co "example.net" or emails.value co "example.org")',
  'userType eq "Employee" and (emails.type eq "work")',
  'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]',
  'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
  'emails[primary eq true]',
  'addresses[type eq "work"].locality eq "Hollywood"',
  'phoneNumbers.value ew "5555" and active ne false',
  `${enterpriseUrn}:manager.value pr and ${enterpriseUrn}:department co "tour"`,
]

t.test(
  'R-097 R-098 R-104 R-105 R-106 R-107 R-112 R-113 the filters of RFC 7644 match that user only',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const { id } = await client.create('Users', bjensen)
    await client.create('Users', { schemas: [userUrn], userName: 'jsmith', userType: 'Contractor' })
    await client.create('Groups', aGroup('Tour Guides', [id]))
    for (const filter of filters) {
      const { status, body } = await client.get(
        `/Users?attributes=userName&filter=${encodeURIComponent(filter)}`,
      )
      const names = (body.Resources ?? []).map(({ userName }: { userName: string }) => userName)
      const both = filter.startsWith('meta') || filter.startsWith('not (meta')
      t.same(
        [status, body.totalResults, names],
        both ? [200, 2, [bjensen.userName, 'jsmith']] : [200, 1, [bjensen.userName]],
        filter,
      )
    }
  },
)
