import type { Test } from 'tap'
import { ScimError } from '../../src/scim/error.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import {
  type Apis,
  type IdentityStoreParts,
  openApis,
  type TenantOptions,
} from '../support/identity-store.ts'

const marge = {
  UserName: 'marge',
  Name: { GivenName: 'Marge', FamilyName: 'Simpson' },
  DisplayName: 'Marge Simpson',
}

/** All that a user can have. */
const homer = {
  UserName: 'homer@example.com',
  Name: {
    Formatted: 'Homer J. Simpson',
    FamilyName: 'Simpson',
    GivenName: 'Homer',
    MiddleName: 'Jay',
    HonorificPrefix: 'Mr.',
    HonorificSuffix: 'Sr.',
  },
  DisplayName: 'Homer Simpson',
  NickName: 'Homie',
  ProfileUrl: 'https://example.com/homer',
  Emails: [{ Value: 'Homer@Example.com', Type: 'work', Primary: true }],
  Addresses: [
    {
      StreetAddress: '742 Evergreen Terrace',
      Locality: 'Springfield',
      Region: 'OR',
      PostalCode: '97403',
      Country: 'US',
      Formatted: '742 Evergreen Terrace, Springfield',
      Type: 'home',
      Primary: true,
    },
  ],
  PhoneNumbers: [{ Value: '+1 555 0113', Type: 'work', Primary: false }],
  UserType: 'Employee',
  Title: 'Safety Inspector',
  PreferredLanguage: 'en-US',
  Locale: 'en-US',
  Timezone: 'America/Los_Angeles',
  Photos: [{ Value: 'https://example.com/1.png', Type: 'photo', Display: 'At work', Primary: true }],
  Website: 'https://homer.example.com',
  Birthdate: '1956-05-12',
  Roles: [{ Value: 'inspector', Type: 'work', Primary: true }],
}

const enterprise = {
  employeeNumber: '7',
  costCenter: 'Sector 7G',
  organization: 'SNPP',
  division: 'Safety',
  department: 'Inspection',
  manager: { value: 'burns' },
}
const withEnterprise = { 'aws:identitystore:enterprise': enterprise }

const unknownId = '94482488-3041-7026-18f3-be45837cd0e4'

const withoutAudit = ({
  CreatedAt: _at,
  CreatedBy: _by,
  UpdatedAt: _updated,
  UpdatedBy: _updater,
  ...record
}: JsonObject): JsonObject => record

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new Error('There is no text.')
  return value
}

const reasonOf = (error: unknown) => (error instanceof ScimError ? error.reason : error)

export type OpenApis = (t: Test, options?: TenantOptions) => Apis & { readonly parts: IdentityStoreParts }

/** The operations of the Identity Store API over one engine. */
export function describeIdentityStore(t: Test, openParts: (t: Test) => IdentityStoreParts): void {
  const open: OpenApis = (t, options) => {
    const parts = openParts(t)
    return { ...openApis(parts, options), parts }
  }

  const createUser = async ({ api }: Apis, user: JsonObject = marge) =>
    text((await api('CreateUser', user)).UserId)
  const createGroup = async ({ api }: Apis, DisplayName: string) =>
    text((await api('CreateGroup', { DisplayName })).GroupId)

  /** A user as SCIM creates it. */
  const provision = ({ provider, scimCall }: Apis, userName: string, rest: JsonObject = {}) =>
    provider.create(scimCall('User', 'create'), {
      userName,
      externalId: `ext-${userName}`,
      name: { givenName: 'A', familyName: 'B' },
      displayName: userName,
      active: true,
      ...rest,
    })

  /** What SCIM returns for a user or group. */
  const shown = async (
    { provider, scimCall }: Apis,
    type: 'User' | 'Group',
    id: string,
  ): Promise<JsonObject> => {
    const call = scimCall(type, 'read')
    const stored = await provider.find(call, toResourceId(id))
    const [represented] = await provider.represent(call, [stored], {
      base: 'https://x',
      projection: undefined,
    })
    return JSON.parse(represented?.text ?? '')
  }

  t.test('IS-200 IS-201 a user is created and described with every attribute that was sent', async t => {
    const apis = open(t)
    const { api, run, IdentityStoreId, account, now } = apis
    const created = await run('CreateUser', { ...homer, Extensions: withEnterprise })
    const { UserId } = created.output ?? {}
    t.same(created, {
      output: { UserId, IdentityStoreId },
      intent: { kind: 'create', type: created.intent.kind === 'create' ? created.intent.type : 'none' },
      target: { type: 'User', id: UserId, label: 'homer@example.com' },
    })
    const at = now() / 1000
    const audit = { CreatedAt: at, CreatedBy: account, UpdatedAt: at, UpdatedBy: account }
    const described = { IdentityStoreId, UserId, ...homer, UserStatus: 'ENABLED', ...audit }
    t.same(await api('DescribeUser', { UserId: UserId ?? '' }), described)
    t.same(
      await api('DescribeUser', {
        UserId: text(UserId).toUpperCase(),
        Extensions: ['aws:identitystore:enterprise'],
      }),
      { ...described, Extensions: withEnterprise },
      'IS-081 IS-106 the letter case of ids is ignored; extensions are returned if asked for',
    )
    const other = await createUser(apis)
    t.same(
      withoutAudit(
        await api('DescribeUser', { UserId: other, Extensions: ['aws:identitystore:enterprise'] }),
      ),
      { IdentityStoreId, UserId: other, ...marge, UserStatus: 'ENABLED' },
      'IS-032 absent values are left out',
    )
  })

  t.test(
    'IS-101 IS-102 IS-105 IS-106 IS-108 IS-109 a user that SCIM created has its external ID, its status and SCIM as its author',
    async t => {
      const apis = open(t)
      const { api, IdentityStoreId, tenant, account, provider, scimCall } = apis
      const { id, created } = await provision(apis, 'lisa', {
        active: false,
        emails: [{ value: 'lisa@example.com', type: 'work', primary: true }],
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Band' },
      })
      const at = created / 1000
      const user = {
        IdentityStoreId,
        UserId: id,
        ExternalIds: [{ Issuer: `https://scim.aws.com/${tenant.id}`, Id: 'ext-lisa' }],
        UserName: 'lisa',
        Name: { FamilyName: 'B', GivenName: 'A' },
        DisplayName: 'lisa',
        Emails: [{ Value: 'lisa@example.com', Type: 'work', Primary: true }],
        UserStatus: 'DISABLED',
        CreatedAt: at,
        CreatedBy: 'SCIM',
        UpdatedAt: at,
        UpdatedBy: 'SCIM',
      }
      t.same(await api('DescribeUser', { UserId: id }), user)
      t.same(await api('ListUsers', { Extensions: ['aws:identitystore:enterprise'] }), {
        Users: [{ ...user, Extensions: { 'aws:identitystore:enterprise': { department: 'Band' } } }],
      })
      await api('UpdateUser', {
        UserId: id,
        Operations: [{ AttributePath: 'title', AttributeValue: 'Saxophonist' }],
      })
      t.match(await api('DescribeUser', { UserId: id }), {
        CreatedBy: 'SCIM',
        UpdatedBy: account,
        UpdatedAt: at + 3,
      })
      await provider.patch(scimCall('User', 'patch'), id, {
        Operations: [{ op: 'replace', path: 'active', value: true }],
      })
      t.match(await api('DescribeUser', { UserId: id }), {
        UserStatus: 'ENABLED',
        Title: 'Saxophonist',
        UpdatedBy: 'SCIM',
      })
    },
  )

  t.test('IS-107 SCIM neither returns nor changes attributes that only this API has', async t => {
    const apis = open(t)
    const { api, provider, scimCall } = apis
    const id = await createUser(apis, homer)
    const onlyHere = { Photos: homer.Photos, Website: homer.Website, Birthdate: homer.Birthdate }
    const seen = await shown(apis, 'User', id)
    t.same(
      [
        seen.schemas,
        seen.active,
        seen.externalId,
        JSON.stringify(seen).match(/scimulator|photos|website|birth/g),
      ],
      [['urn:ietf:params:scim:schemas:core:2.0:User'], true, undefined, null],
      'IS-234 with schemas and active, without externalId',
    )
    await provider.replace(scimCall('User', 'replace'), toResourceId(id), {
      id,
      userName: 'homer',
      name: { givenName: 'H', familyName: 'S' },
      displayName: 'H. S.',
      active: true,
      'urn:scimulator:identity-store': { website: 'https://other.example.com' },
    })
    t.same(withoutAudit(await api('DescribeUser', { UserId: id })), {
      IdentityStoreId: apis.IdentityStoreId,
      UserId: id,
      UserName: 'homer',
      Name: { FamilyName: 'S', GivenName: 'H' },
      DisplayName: 'H. S.',
      ...onlyHere,
      UserStatus: 'ENABLED',
    })
    await provider.patch(scimCall('User', 'patch'), toResourceId(id), {
      Operations: [
        { op: 'replace', path: 'title', value: 'Boss' },
        {
          op: 'replace',
          value: { 'urn:scimulator:identity-store': { website: 'https://other.example.com' } },
        },
      ],
    })
    t.match(await api('DescribeUser', { UserId: id }), { Title: 'Boss', ...onlyHere })
    const group = text((await api('CreateGroup', { DisplayName: 'Staff', Description: 'All of us' })).GroupId)
    await provider.patch(scimCall('Group', 'patch'), toResourceId(group), {
      Operations: [{ op: 'replace', path: 'displayName', value: 'Everybody' }],
    })
    t.match(await api('DescribeGroup', { GroupId: group }), {
      DisplayName: 'Everybody',
      Description: 'All of us',
    })
    t.notMatch(await shown(apis, 'Group', group), { description: /./ })
  })

  t.test('IS-107 what only this API has is kept and hidden while the tenant has another profile', async t => {
    for (const profile of ['rfc', 'entra'] as const) {
      const apis = open(t)
      const { api, parts } = apis
      const id = await createUser(apis, homer)
      const group = text((await api('CreateGroup', { DisplayName: 'Staff', Description: 'All' })).GroupId)
      const changed = openApis(parts, { profile })
      const replace = (type: 'User' | 'Group', of: string, body: JsonObject) =>
        changed.provider.replace(changed.scimCall(type, 'replace'), toResourceId(of), body)
      const patch = (type: 'User' | 'Group', of: string, path: string, value: string) =>
        changed.provider.patch(changed.scimCall(type, 'patch'), toResourceId(of), {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path, value }],
        })
      await replace('User', id, {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'homer',
        name: { givenName: 'H', familyName: 'S' },
        displayName: 'H. S.',
        active: true,
      })
      await patch('User', id, 'title', 'Boss')
      const { id: bart } = await changed.provider.create(changed.scimCall('User', 'create'), {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'bart',
        name: { givenName: 'B', familyName: 'S' },
        displayName: 'B. S.',
        'urn:scimulator:identity-store': { website: 'https://other.example.com' },
      })
      t.notMatch(await api('DescribeUser', { UserId: bart }), { Website: /./ }, 'SCIM cannot set it')
      await replace('Group', group, {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName: 'Everyone',
      })
      await patch('Group', group, 'displayName', 'Everybody')
      for (const seen of [await shown(changed, 'User', id), await shown(changed, 'Group', group)]) {
        t.notMatch(JSON.stringify(seen), /scimulator|photos|website|birth|description/, profile)
      }
      t.match(await api('DescribeUser', { UserId: id }), {
        UserName: 'homer',
        Title: 'Boss',
        Photos: homer.Photos,
        Website: homer.Website,
        Birthdate: homer.Birthdate,
      })
      t.match(await api('DescribeGroup', { GroupId: group }), {
        DisplayName: 'Everybody',
        Description: 'All',
      })
    }
  })

  t.test('IS-202 IS-240 IS-249 updates are applied in their order, in one version', async t => {
    const apis = open(t)
    const { api, parts } = apis
    const id = await createUser(apis, { ...homer, Extensions: withEnterprise })
    const update = (...Operations: readonly JsonObject[]) => api('UpdateUser', { UserId: id, Operations })
    const set = (AttributePath: string, AttributeValue: JsonObject[string]) => ({
      AttributePath,
      AttributeValue,
    })
    await update(
      set('userName', 'homer'),
      set('displayName', 'first'),
      set('displayName', 'Max Power'),
      set('name.givenName', 'Max'),
      set('nickName', null),
      { AttributePath: 'profileUrl' },
      set('emails', [{ value: 'max@example.com', Type: 'home' }]),
      set('phoneNumbers', []),
      set('addresses', null),
      set('photos', [{ value: 'https://example.com/2.png' }, { Value: 'https://example.com/3.png' }]),
      set('website', null),
      set('birthdate', '1955-05-12'),
      set('aws:identitystore:enterprise.department', 'Power'),
      set('aws:identitystore:enterprise.manager.value', null),
      set('aws:identitystore:enterprise.costCenter', null),
    )
    const expected = {
      IdentityStoreId: apis.IdentityStoreId,
      UserId: id,
      UserName: 'homer',
      Name: { ...homer.Name, GivenName: 'Max' },
      DisplayName: 'Max Power',
      Emails: [{ Value: 'max@example.com', Type: 'home' }],
      UserType: homer.UserType,
      Title: homer.Title,
      PreferredLanguage: homer.PreferredLanguage,
      Locale: homer.Locale,
      Timezone: homer.Timezone,
      Photos: [{ Value: 'https://example.com/2.png' }, { Value: 'https://example.com/3.png' }],
      Birthdate: '1955-05-12',
      Roles: homer.Roles,
      UserStatus: 'ENABLED',
      Extensions: {
        'aws:identitystore:enterprise': {
          employeeNumber: '7',
          organization: 'SNPP',
          division: 'Safety',
          department: 'Power',
        },
      },
    }
    const described = async () =>
      withoutAudit(await api('DescribeUser', { UserId: id, Extensions: ['aws:identitystore:enterprise'] }))
    t.same(await described(), expected, 'IS-241 IS-244 IS-246 values are set and removed')
    const versions = async () =>
      (await parts.store.find({ tenant: 1, type: 'User', id: toResourceId(id) }))?.version
    t.equal(await versions(), 2)
    await update(set('title', homer.Title))
    t.equal(await versions(), 2, 'IS-249 an update that changes nothing makes no version')
    await update(
      set('name', { GivenName: 'H', familyName: 'S' }),
      set('aws:identitystore:enterprise', { Manager: { Value: 'x' } }),
    )
    t.match(await described(), {
      Name: { FamilyName: 'S', GivenName: 'H' },
      Extensions: { 'aws:identitystore:enterprise': { manager: { value: 'x' } } },
    })
    const history = await parts.directory.history(1, 'User', id, { limit: 9 })
    t.same(
      history?.items.map(({ via }) => via),
      Array(3).fill({ api: 'identity-store', accessKey: 'SCIMAAAABBBBCCCCDDDD' }),
      'IS-122 the history has the API and the access key',
    )
  })

  t.test('IS-242 IS-243 an invalid update is rejected, and nothing is changed', async t => {
    const apis = open(t)
    const { api, rejection } = apis
    const id = await createUser(apis)
    const before = await api('DescribeUser', { UserId: id })
    const update = async (AttributePath: string, AttributeValue?: JsonObject[string], UserId = id) => {
      const invalid = { AttributePath, ...(AttributeValue !== undefined && { AttributeValue }) }
      const title = { AttributePath: 'title', AttributeValue: 'X' }
      const { type, message, rule } = await rejection('UpdateUser', { UserId, Operations: [title, invalid] })
      t.equal(type, 'ValidationException')
      return [message, rule]
    }
    const path = (name: string) => [
      `Updates for AttributePath: ${name} is not supported`,
      'identity-store/attribute-paths',
    ]
    for (const name of [
      'UserName',
      'userStatus',
      'active',
      'externalIds',
      'userId',
      'name.nickName',
      'description',
    ]) {
      t.same(await update(name, 'x'), path(name))
    }
    t.same(
      await update('active', true, unknownId),
      path('active'),
      'IS-068 paths are checked before the user',
    )
    t.same(
      await update('emails.value', 'x'),
      [
        'Unsupported update operation on multi-value attribute emails, please provide full replacement of Multi-Value attribute types',
        'identity-store/whole-lists',
      ],
      'IS-245',
    )
    t.match(await update('emails[0].value', 'x'), [
      /at 'operations.2.member.attributePath' failed to satisfy constraint/,
    ])
    const value = (message: string | RegExp) => [message, 'identity-store/attribute-values']
    t.same(
      await update('emails', [{ Value: 'a' }, { Value: 'b' }]),
      value('List attribute emails exceeds allowed limit of 1'),
    )
    t.same(
      await update('photos', Array(4).fill({ Value: 'a' })),
      value('List attribute photos exceeds allowed limit of 3'),
    )
    t.same(await update('title', 5), value("The value of 'title' must be a string."), 'IS-247')
    t.same(await update('emails', 'x'), value("The value of 'emails' must be a list."))
    t.same(await update('title', []), value("The value of 'title' must not be a list."))
    t.same(
      await update('emails', [{ Value: 'a', Display: 'b' }]),
      value('The attribute emails.Display is not supported.'),
    )
    t.same(await update('title', ''), [
      "2 validation errors detected: Value at 'title' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u00a0\u3000]+; Value at 'title' failed to satisfy constraint: Member must have length greater than or equal to 1",
      'aws-api/constraints',
    ])
    const required = (message: string) => [message, 'identity-store/required-attributes']
    t.same(await update('userName'), required('userName is a required attribute'), 'IS-248')
    t.same(await update('displayName', null), required('displayname: The attribute displayname is required'))
    t.same(await update('name'), required('name: The attribute name is required'))
    t.same(await update('name.familyName'), required('familyname: The attribute familyname is required'))
    t.same(await update('userName', 'AWSAdministrators'), [
      'AWSAdministrators is a reserved name.',
      'identity-store/reserved-names',
    ])
    t.same(await update('birthdate', '2001-02-30'), [
      'The birthdate must be a date in the format YYYY-MM-DD.',
      'identity-store/birthdate',
    ])
    t.same(await api('DescribeUser', { UserId: id }), before)
    t.same(await rejection('UpdateUser', { UserId: unknownId, Operations: [{ AttributePath: 'title' }] }), {
      type: 'ResourceNotFoundException',
      message: 'User not found',
      ResourceType: 'USER',
      ResourceId: unknownId,
      rule: 'identity-store/resource',
    })
  })

  t.test('IS-230 IS-232 IS-086 a new user has the required attributes, and values of its own', async t => {
    const apis = open(t)
    const { rejection, api } = apis
    const rejected = async (user: JsonObject) => (await rejection('CreateUser', user)).message
    t.equal(await rejected({}), 'userName is a required attribute')
    t.equal(
      await rejected({ UserName: 'x' }),
      'displayname: The attribute displayname is required, name: The attribute name is required',
      'IS-231',
    )
    t.equal(
      await rejected({ UserName: 'x', DisplayName: 'x', Name: {} }),
      'name: The attribute name is required',
      'an empty name counts as none',
    )
    t.equal(
      await rejected({ UserName: 'x', DisplayName: 'x', Name: { Formatted: 'x' } }),
      'givenname: The attribute givenname is required, familyname: The attribute familyname is required',
    )
    t.equal(await rejected({ ...marge, UserName: 'administrator' }), 'administrator is a reserved name.')
    t.equal(
      await rejected({ ...marge, Birthdate: '12.5.1956' }),
      'The birthdate must be a date in the format YYYY-MM-DD.',
      'IS-233',
    )
    t.equal(
      await rejected({ ...marge, Extensions: { 'aws:identitystore:other': {} } }),
      'The extension aws:identitystore:other is not supported.',
    )
    t.equal(
      await rejected({ ...marge, Extensions: { 'aws:identitystore:enterprise': { team: 'x' } } }),
      'The attribute aws:identitystore:enterprise.team is not supported.',
    )
    t.equal(
      await rejected({ ...marge, Emails: [{ Value: 'a' }, { Value: 'b' }] }),
      "1 validation error detected: Value at 'emails' failed to satisfy constraint: Member must have length less than or equal to 1",
    )
    t.same(await api('ListUsers'), { Users: [] })

    await createUser(apis, { ...marge, Emails: [{ Value: 'marge@example.com' }] })
    const conflict = (message: string, rule: string) => ({
      type: 'ConflictException',
      message,
      Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION',
      rule,
    })
    t.same(
      await rejection('CreateUser', { ...marge, UserName: 'MARGE' }),
      conflict('Duplicate UserName', 'identity-store/duplicate-user-name'),
    )
    const sameEmail = { ...marge, UserName: 'bart', Emails: [{ Value: 'Marge@example.com' }] }
    t.same(
      await rejection('CreateUser', sameEmail),
      conflict('Duplicate EmailAddress', 'identity-store/duplicate-email'),
    )
    t.equal(await provision(apis, 'marge').catch(reasonOf), 'uniqueness', 'IS-234 SCIM gets a conflict, too')
  })

  t.test(
    'IS-203 IS-209 IS-260 IS-261 deleting is idempotent, ends memberships and retains the record',
    async t => {
      const apis = open(t)
      const { api, parts, run, provider, scimCall } = apis
      const user = await createUser(apis)
      const group = await createGroup(apis, 'Staff')
      await api('CreateGroupMembership', { GroupId: group, MemberId: { UserId: user } })
      t.match(await run('DeleteUser', { UserId: user }), {
        output: undefined,
        intent: { kind: 'delete' },
        target: { type: 'User', id: user, label: 'marge' },
      })
      t.same(await api('ListGroupMemberships', { GroupId: group }), { GroupMemberships: [] })
      t.match(await parts.directory.identity(1, 'User', user), { status: 'retained' })
      t.match(await run('DeleteUser', { UserId: user }), {
        output: undefined,
        target: { type: 'User', id: user },
      })
      t.same(await api('ListUsers'), { Users: [] }, 'IS-112')
      t.match((await parts.directory.history(1, 'User', user, { limit: 2 }))?.items, [
        { action: 'deleted', via: { api: 'identity-store' } },
        { event: 'removed', via: { api: 'identity-store' } },
      ])
      await api('DeleteGroup', { GroupId: group })
      t.equal(
        await (async () => provider.find(scimCall('Group', 'read'), toResourceId(group)))().catch(reasonOf),
        'noSuchResource',
      )
      await api('DeleteGroup', { GroupId: group })
      await api('DeleteGroupMembership', { MembershipId: unknownId })
    },
  )

  t.test('IS-214 a member that joined again after the look-up of its former membership stays', async t => {
    const apis = open(t)
    const { api, parts } = apis
    const pair = { GroupId: await createGroup(apis, 'Staff'), MemberId: { UserId: await createUser(apis) } }
    const { MembershipId } = await api('CreateGroupMembership', pair)
    const joinAgain = async () => {
      await api('DeleteGroupMembership', { MembershipId: MembershipId ?? '' })
      return (await api('CreateGroupMembership', pair)).MembershipId
    }
    let later: unknown
    const { memberships } = parts
    const slow = openApis({
      ...parts,
      memberships: {
        ...memberships,
        withKey: async (...of) => {
          const found = await memberships.withKey(...of)
          later = await joinAgain()
          return found
        },
      },
    })
    t.same(await slow.api('DeleteGroupMembership', { MembershipId: MembershipId ?? '' }), {})
    t.not(later, MembershipId)
    t.equal((await api('GetGroupMembershipId', pair)).MembershipId, later)
  })

  t.test('IS-260 with deleteMissing=notFound, deleting what is missing is an error', async t => {
    const { rejection } = open(t, { switches: { deleteMissing: 'notFound' } })
    const missing = (name: string) => ({
      type: 'ResourceNotFoundException',
      message: `${name} not found.`,
      ResourceType: name,
      ResourceId: unknownId,
      rule: 'identity-store/delete-missing',
    })
    t.same(await rejection('DeleteUser', { UserId: unknownId }), missing('USER'))
    t.same(await rejection('DeleteGroup', { GroupId: unknownId }), missing('GROUP'))
    t.same(await rejection('DeleteGroupMembership', { MembershipId: unknownId }), missing('GROUP_MEMBERSHIP'))
  })

  t.test('IS-204 IS-210 IS-270 IS-271 lists are read in pages, in order of creation', async t => {
    const apis = open(t)
    const { api, run, rejection } = apis
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      ids.push(await createUser(apis, { ...marge, UserName: name }))
    const idsOf = (page: JsonObject) => (page.Users as readonly JsonObject[]).map(({ UserId }) => UserId)
    const first = await api('ListUsers', { MaxResults: 2 })
    t.same(idsOf(first), ids.slice(0, 2))
    const NextToken = first.NextToken ?? ''
    await api('DeleteUser', { UserId: ids[1] ?? '' })
    await api('DeleteUser', { UserId: ids[2] ?? '' })
    await createUser(apis, { ...marge, UserName: 'f' })
    const second = await run('ListUsers', { MaxResults: 2, NextToken })
    t.same(idsOf(second.output ?? {}), ids.slice(3))
    t.match(second.intent, { kind: 'list', found: 2, continued: true })
    const third = await api('ListUsers', { MaxResults: 1, NextToken: second.output?.NextToken ?? '' })
    t.match(third, { Users: [{ UserName: 'f' }] })
    t.equal(third.NextToken, undefined)
    const invalid = {
      type: 'ValidationException',
      message: 'The NextToken is invalid.',
      rule: 'aws-api/page-token',
    }
    t.same(await rejection('ListGroups', { NextToken }), invalid, 'IS-089 of another operation')
    t.same(await rejection('ListUsers', { NextToken, Extensions: ['aws:identitystore:enterprise'] }), invalid)
    await createGroup(apis, 'Staff')
    await createGroup(apis, 'Others')
    const groups = await api('ListGroups', { MaxResults: 1 })
    t.match(groups, { Groups: [{ DisplayName: 'Staff' }], NextToken: /./ })
    t.match(await api('ListGroups', { MaxResults: 1, NextToken: groups.NextToken ?? '' }), {
      Groups: [{ DisplayName: 'Others' }],
    })
    t.equal((await rejection('ListUsers', { MaxResults: 101 })).rule, 'aws-api/constraints', 'IS-088')
  })

  t.test('IS-272 IS-273 lists are filtered by the name, and contain disabled users', async t => {
    const apis = open(t)
    const { api, rejection } = apis
    await provision(apis, 'lisa', { active: false })
    await createUser(apis)
    await createGroup(apis, 'Staff')
    const filtered = (operation: string, AttributePath: string, AttributeValue: string) =>
      api(operation, { Filters: [{ AttributePath, AttributeValue }] })
    t.match(await filtered('ListUsers', 'UserName', 'LISA'), {
      Users: [{ UserName: 'lisa', UserStatus: 'DISABLED' }],
    })
    t.match(await filtered('ListUsers', 'username', 'marge'), { Users: [{ UserName: 'marge' }] })
    t.same(await filtered('ListUsers', 'UserName', 'maggie'), { Users: [] })
    t.match(await filtered('ListGroups', 'DisplayName', 'staff'), { Groups: [{ DisplayName: 'Staff' }] })
    t.same(
      await rejection('ListGroups', { Filters: [{ AttributePath: 'Description', AttributeValue: 'x' }] }),
      {
        type: 'ValidationException',
        message: 'Filters for AttributePath: Description is not supported',
        rule: 'identity-store/filters',
      },
    )
  })

  t.test(
    'IS-205 IS-211 IS-280 IS-281 IS-282 IS-283 IS-284 IDs are looked up by unique attributes and external IDs',
    async t => {
      const apis = open(t)
      const { api, run, rejection, IdentityStoreId, tenant } = apis
      const { id } = await provision(apis, 'lisa', { emails: [{ value: 'lisa@example.com', primary: true }] })
      const group = await createGroup(apis, 'Staff')
      const unique = (AttributePath: string, AttributeValue: JsonObject[string]) => ({
        AlternateIdentifier: { UniqueAttribute: { AttributePath, AttributeValue } },
      })
      const external = (Issuer: string, Id: string) => ({
        AlternateIdentifier: { ExternalId: { Issuer, Id } },
      })
      const issuer = `https://scim.aws.com/${tenant.id}`
      for (const [path, value] of [
        ['userName', 'lisa'],
        ['UserName', 'LISA'],
        ['Emails.Value', 'Lisa@example.com'],
      ] as const) {
        t.same(await api('GetUserId', unique(path, value)), { UserId: id, IdentityStoreId })
      }
      t.match(await run('GetUserId', external(issuer, 'ext-lisa')), {
        output: { UserId: id, IdentityStoreId },
        intent: { kind: 'look-up', by: ['externalId'] },
        target: { type: 'User', id, label: 'lisa' },
      })
      t.same(await api('GetGroupId', unique('displayName', 'STAFF')), { GroupId: group, IdentityStoreId })
      const nobody = {
        type: 'ResourceNotFoundException',
        message: 'USER not found.',
        ResourceType: 'USER',
        rule: 'identity-store/resource',
      }
      t.same(await rejection('GetUserId', unique('userName', 'bart')), nobody)
      t.same(await rejection('GetUserId', external('https://scim.aws.com/other', 'ext-lisa')), nobody)
      t.same(await rejection('GetUserId', external(issuer, 'EXT-LISA')), nobody)
      t.same(await rejection('GetUserId', external('i'.repeat(256), 'ext-lisa')), nobody)
      t.match(await rejection('GetUserId', external('i'.repeat(257), 'ext-lisa')), {
        type: 'ValidationException',
        message: /externalId\.issuer' failed .* less than or equal to 256/,
      })
      t.match(await rejection('GetGroupId', unique('displayName', 'x')), {
        message: 'GROUP not found.',
        ResourceType: 'GROUP',
      })
      const message = async (operation: string, input: JsonObject) =>
        (await rejection(operation, input)).message
      t.equal(
        await message('GetUserId', unique('title', 'x')),
        'The attribute title is not a unique attribute',
      )
      t.equal(
        await message('GetGroupId', unique('userName', 'x')),
        'The attribute userName is not a unique attribute',
      )
      t.equal(
        await message('GetUserId', unique('externalId', 'x')),
        'The attribute externalId is not a unique attribute',
      )
      const empty = 'attribute value cannot be empty or null for attribute path'
      t.equal(await message('GetUserId', unique('userName', '')), empty)
      t.equal(await message('GetUserId', unique('userName', null)), empty)
      t.equal(await message('GetUserId', unique('userName', 5)), "The value of 'userName' must be a string.")
      const both = {
        ...unique('userName', 'lisa').AlternateIdentifier,
        ...external(issuer, 'x').AlternateIdentifier,
      }
      t.match(
        await message('GetUserId', { AlternateIdentifier: both }),
        /exactly one of: \[externalId, uniqueAttribute\]/,
      )
      t.match(await message('GetUserId', { AlternateIdentifier: {} }), /exactly one of/, 'IS-092')

      const accepting = openApis(apis.parts, {
        switches: { externalIdPath: 'accept', letterCase: 'sensitive' },
      })
      t.same(await accepting.api('GetUserId', unique('externalId', 'ext-lisa')), {
        UserId: id,
        IdentityStoreId,
      })
    },
  )

  t.test('IS-206 IS-207 IS-208 groups are created, described and updated', async t => {
    const apis = open(t)
    const { api, rejection, IdentityStoreId, account } = apis
    const id = text((await api('CreateGroup', { DisplayName: 'Staff', Description: 'All of us' })).GroupId)
    const at = apis.now() / 1000
    const audit = { CreatedAt: at, CreatedBy: account, UpdatedBy: account }
    t.same(await api('DescribeGroup', { GroupId: id }), {
      IdentityStoreId,
      GroupId: id,
      DisplayName: 'Staff',
      Description: 'All of us',
      ...audit,
      UpdatedAt: at,
    })
    await api('UpdateGroup', {
      GroupId: id,
      Operations: [
        { AttributePath: 'displayName', AttributeValue: 'Everybody' },
        { AttributePath: 'description' },
      ],
    })
    t.same(await api('DescribeGroup', { GroupId: id }), {
      IdentityStoreId,
      GroupId: id,
      DisplayName: 'Everybody',
      ...audit,
      UpdatedAt: apis.now() / 1000 - 1,
    })
    const rejected = async (operation: string, input: JsonObject) => {
      const { type, message } = await rejection(operation, input)
      return [type, message]
    }
    await createGroup(apis, 'Others')
    t.same(await rejection('CreateGroup', { DisplayName: 'everybody' }), {
      type: 'ConflictException',
      message: 'Duplicate GroupDisplayName',
      Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION',
      rule: 'identity-store/duplicate-group-name',
    })
    const rename = (AttributeValue: string) => ({
      GroupId: id,
      Operations: [{ AttributePath: 'displayName', AttributeValue }],
    })
    t.same(await rejected('UpdateGroup', rename('Others')), [
      'ConflictException',
      'Duplicate GroupDisplayName',
    ])
    t.same(await rejected('UpdateGroup', rename('Administrator')), [
      'ValidationException',
      'Administrator is a reserved name.',
    ])
    t.same(await rejected('CreateGroup', { Description: 'x' }), [
      'ValidationException',
      'displayname: The attribute displayname is required',
    ])
    t.same(await rejected('DescribeGroup', { GroupId: unknownId }), [
      'ResourceNotFoundException',
      'GROUP not found.',
    ])
    t.same(await rejected('UpdateGroup', { ...rename('x'), GroupId: unknownId }), [
      'ResourceNotFoundException',
      'Group not found',
    ])
  })

  t.test('IS-110 IS-212 IS-213 memberships are created, found, listed and deleted', async t => {
    const apis = open(t)
    const { api, run, rejection, IdentityStoreId, account, provider, scimCall } = apis
    const user = await createUser(apis)
    const { id: lisa } = await provision(apis, 'lisa')
    const [staff, others] = [await createGroup(apis, 'Staff'), await createGroup(apis, 'Others')]
    const pair = (GroupId: string, UserId: string) => ({ GroupId, MemberId: { UserId } })

    const created = await run('CreateGroupMembership', pair(staff, user))
    const { MembershipId = '' } = created.output ?? {}
    t.match(MembershipId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    t.match(created, {
      output: { MembershipId, IdentityStoreId },
      intent: { kind: 'membership', change: 'add', member: 'marge' },
      target: { type: 'Group', id: staff, label: 'Staff' },
    })
    const at = apis.now() / 1000
    const membership = {
      IdentityStoreId,
      MembershipId,
      ...pair(staff, user),
      CreatedAt: at,
      CreatedBy: account,
      UpdatedAt: at,
      UpdatedBy: account,
    }
    t.same(await api('DescribeGroupMembership', { MembershipId }), membership)
    t.same(
      await api('DescribeGroupMembership', { MembershipId: text(MembershipId).toUpperCase() }),
      membership,
    )
    t.same(await api('GetGroupMembershipId', pair(staff.toUpperCase(), user)), {
      MembershipId,
      IdentityStoreId,
    })

    await provider.patch(scimCall('Group', 'patch'), toResourceId(staff), {
      Operations: [{ op: 'add', path: 'members', value: [{ value: lisa }] }],
    })
    await api('CreateGroupMembership', pair(others, user))
    const ofStaff = await api('ListGroupMemberships', { GroupId: staff })
    t.match(ofStaff, {
      GroupMemberships: [membership, { ...pair(staff, lisa), CreatedBy: 'SCIM', UpdatedBy: 'SCIM' }],
    })
    const firstPage = await api('ListGroupMemberships', { GroupId: staff, MaxResults: 1 })
    t.same(firstPage.GroupMemberships, [membership])
    const second = { GroupId: staff, NextToken: firstPage.NextToken ?? '' }
    t.same(await api('ListGroupMemberships', second), {
      GroupMemberships: (ofStaff.GroupMemberships as readonly JsonObject[]).slice(1),
    })
    const ofUser = { MemberId: { UserId: user } }
    t.match(await api('ListGroupMembershipsForMember', ofUser), {
      GroupMemberships: [membership, pair(others, user)],
    })
    const onePage = await api('ListGroupMembershipsForMember', { ...ofUser, MaxResults: 1 })
    t.match(await api('ListGroupMembershipsForMember', { ...ofUser, NextToken: onePage.NextToken ?? '' }), {
      GroupMemberships: [pair(others, user)],
    })
    const asked = [others, unknownId, staff]
    t.same(
      await api('IsMemberInGroups', { ...ofUser, GroupIds: asked }),
      {
        Results: asked.map((GroupId, index) => ({ GroupId, ...ofUser, MembershipExists: index !== 1 })),
      },
      'IS-218',
    )
    t.same(await api('IsMemberInGroups', { MemberId: { UserId: unknownId }, GroupIds: [staff] }), {
      Results: [{ GroupId: staff, MemberId: { UserId: unknownId }, MembershipExists: false }],
    })

    t.same(await rejection('CreateGroupMembership', pair(staff, user)), {
      type: 'ConflictException',
      message: 'Member and Group relationship already exists.',
      Reason: 'UNIQUENESS_CONSTRAINT_VIOLATION',
      rule: 'identity-store/duplicate-membership',
    })
    const missing = async (operation: string, input: JsonObject) => {
      const { type, message, ResourceType } = await rejection(operation, input)
      t.equal(type, 'ResourceNotFoundException')
      return [message, ResourceType]
    }
    t.same(await missing('CreateGroupMembership', pair(staff, unknownId)), ['Member does not exist', 'USER'])
    t.same(await missing('CreateGroupMembership', pair(staff, others)), ['Member does not exist', 'USER'])
    t.same(await missing('CreateGroupMembership', pair(unknownId, user)), ['Group does not exist', 'GROUP'])
    t.same(await missing('DescribeGroupMembership', { MembershipId: unknownId }), [
      'GROUP_MEMBERSHIP not found.',
      'GROUP_MEMBERSHIP',
    ])
    t.same(
      await missing('GetGroupMembershipId', pair(others, lisa)),
      ['Group membership not found for given Pool/Group/Member.', 'GROUP_MEMBERSHIP'],
      'IS-217',
    )
    t.same(
      await missing('ListGroupMemberships', { GroupId: unknownId }),
      ['GROUP not found.', 'GROUP'],
      'IS-215',
    )
    t.same(
      await missing('ListGroupMembershipsForMember', { MemberId: { UserId: unknownId } }),
      ['USER not found.', 'USER'],
      'IS-216',
    )

    t.match(await run('DeleteGroupMembership', { MembershipId }), {
      output: undefined,
      intent: { kind: 'membership', change: 'remove', member: 'marge' },
      target: { type: 'Group', id: staff, label: 'Staff' },
    })
    t.same(await missing('DescribeGroupMembership', { MembershipId }), [
      'GROUP_MEMBERSHIP not found.',
      'GROUP_MEMBERSHIP',
    ])
    const again = await api('CreateGroupMembership', pair(staff, user))
    t.not(again.MembershipId, MembershipId, 'joining again is another membership')
    t.same(await missing('DescribeGroupMembership', { MembershipId }), [
      'GROUP_MEMBERSHIP not found.',
      'GROUP_MEMBERSHIP',
    ])
    const elsewhere = openApis(apis.parts, { id: 'globex', key: 2 })
    const other = await elsewhere.rejection('DescribeGroupMembership', {
      MembershipId: again.MembershipId ?? '',
    })
    t.equal(other.type, 'ResourceNotFoundException', 'another tenant does not find it')
  })

  t.test('IS-009 IS-062 IS-068 another identity store, or one of another region, is not found', async t => {
    const { rejection, api } = open(t)
    const id = 'd-0000000000'
    const noStore = (id: string) => ({
      type: 'ResourceNotFoundException',
      message: `IdentityStore not present for IdentityStoreId: ${id}`,
      ResourceType: 'IDENTITY_STORE',
      ResourceId: id,
      rule: 'identity-store/store',
    })
    t.same(await rejection('ListUsers', { IdentityStoreId: id }), noStore(id))
    t.equal(
      (await rejection('DescribeUser', { IdentityStoreId: 'x', UserId: 'y' })).message,
      "1 validation error detected: Value 'x' at 'identityStoreId' failed to satisfy constraint: Member must satisfy regular expression pattern: d-[0-9a-f]{10}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    )
    t.same(await api('ListUsers'), { Users: [] })
    const { rejection: inOther, IdentityStoreId } = open(t, { switches: { wrongRegion: 'empty' } })
    t.same(await inOther('ListUsers', {}, 'eu-west-1'), noStore(IdentityStoreId))
  })
}
