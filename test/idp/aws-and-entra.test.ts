import t, { type Test } from 'tap'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import type { Json, JsonObject } from '../../src/scim/json.ts'
import { skipWithoutAwsClients, startAwsCli } from '../support/aws-clients.ts'
import { callWithSdk, sdkClients } from '../support/aws-sdk.ts'
import { startAwsServer } from '../support/aws-server.ts'
import { provisioningOf, springfield } from '../support/provisioning.ts'
import { patchOp } from '../support/scim.ts'

const account = /^\d{12}$/
const issuer = 'https://scim.aws.com/acme'

/** The APIs of one directory: Entra's client and plain SCIM, the AWS APIs, and the console. */
async function openDirectory(t: Test) {
  const server = await startAwsServer(t)
  const { store, caller, endpoint, bearer } = server
  const call = callWithSdk(sdkClients(t, caller))
  const scim = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${endpoint}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as JsonObject }
  }
  const callConsole = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server.console}/api/v1${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return (await response.json()) as JsonObject
  }
  const identity = (operation: string, input: JsonObject = {}) =>
    call('identitystore', operation, { IdentityStoreId: store, ...input })
  return {
    store,
    caller,
    scim,
    callConsole,
    identity,
    /** The name of the error of an operation that fails. */
    errorOf: (operation: string, input: JsonObject) =>
      identity(operation, input).then(
        () => 'none',
        ({ name, message }: Error) => `${name}: ${message}`,
      ),
    idOf: async (userName: string) => {
      const UniqueAttribute = { AttributePath: 'userName', AttributeValue: userName }
      return String((await identity('GetUserId', { AlternateIdentifier: { UniqueAttribute } })).UserId)
    },
    /** The findings of a kind, once all requests are analyzed. */
    findings: async (kind: string) => {
      let found = await callConsole('GET', '/findings')
      while (Number(found.waiting) > 0) found = await callConsole('GET', '/findings')
      const groups = found.items as readonly JsonObject[]
      return groups.find(({ id }) => id === kind)?.evidence as readonly JsonObject[] | undefined
    },
    ...provisioningOf({ url: endpoint, token: bearer }),
    directory: await springfield(),
  }
}

const listOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonObject[]) : []

/** A SCIM value as the Identity Store API has it. */
const toPascal = (value: Json): Json => {
  if (Array.isArray(value)) return (value as readonly Json[]).map(toPascal)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      toPascal(member),
    ]),
  )
}

const enterpriseSchema = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const toIdentityStoreUser = (store: string, user: JsonObject): JsonObject => {
  const { id = '', externalId = '', schemas: _s, meta: _m, active: _a, ...attributes } = user
  const { [enterpriseSchema]: _enterprise, ...core } = attributes
  return {
    IdentityStoreId: store,
    UserId: id,
    ExternalIds: [{ Issuer: issuer, Id: externalId }],
    ...(toPascal(core) as JsonObject),
  }
}

/** A user of the directory with another title. */
const withTitle = ({ users, ...rest }: SourceDirectory, name: string, jobTitle: string): SourceDirectory => ({
  ...rest,
  users: users.map(user =>
    user.attributes.userPrincipalName === name
      ? { ...user, attributes: { ...user.attributes, jobTitle } }
      : user,
  ),
})

const marge = 'marge.simpson@springfield.example'
const carl = 'carl.carlson@springfield.example'
const barney = 'barney.gumble@springfield.example'

t.test('Springfield, provisioned by Entra', async t => {
  const { store, caller, scim, identity, idOf, findings, job, directory, callConsole } =
    await openDirectory(t)
  await job.runCycle({ directory })
  const disable = patchOp({ op: 'replace', path: 'active', value: false })
  await scim('PATCH', `/Users/${await idOf(carl)}`, disable)
  const users = listOf((await scim('GET', '/Users?count=100')).body.Resources)

  t.test('the AWS CLI lists what SCIM does', { skip: skipWithoutAwsClients }, async t => {
    const cli = startAwsCli(t, caller)
    const listed = await cli('identitystore', 'list-users', '--identity-store-id', store, '--page-size', '3')
    t.ok(users.length >= 5)
    t.same(
      listed.output?.Users,
      users.map(user => toIdentityStoreUser(store, user)),
    )
  })

  t.test('IS-105 IS-106 IS-109 the API returns status, extensions and authors', async t => {
    const Extensions = ['aws:identitystore:enterprise']
    const listed = listOf((await identity('ListUsers', { Extensions })).Users)
    t.same(
      listed.map(({ UserId, UserStatus, Extensions, CreatedBy, UpdatedBy }) => ({
        id: UserId,
        active: UserStatus === 'ENABLED',
        enterprise: (Extensions as JsonObject | undefined)?.['aws:identitystore:enterprise'],
        authors: [CreatedBy, UpdatedBy],
      })),
      users.map(user => ({
        id: user.id,
        active: user.active,
        enterprise: user[enterpriseSchema],
        authors: ['SCIM', 'SCIM'],
      })),
    )
    t.ok(listed.some(({ UserStatus }) => UserStatus === 'DISABLED'))
  })

  t.test('IS-110 the API returns the memberships of SCIM', async t => {
    const groups = listOf((await identity('ListGroups')).Groups)
    t.ok(groups.length >= 4)
    for (const { GroupId = '', DisplayName } of groups) {
      const { items } = await callConsole('GET', `/tenants/acme/groups/${GroupId}/members?limit=100`)
      const memberships = listOf((await identity('ListGroupMemberships', { GroupId })).GroupMemberships)
      t.same(
        memberships.map(({ MemberId }) => (MemberId as JsonObject).UserId).sort(),
        listOf(items)
          .map(({ id }) => id)
          .sort(),
        `the members of ${DisplayName}`,
      )
    }
  })

  t.test('IS-121 IS-122 a change outside Entra is a finding, is in the history, and is drift', async t => {
    const UserId = await idOf(marge)
    const Operations = [
      { AttributePath: 'title', AttributeValue: 'Mayor' },
      { AttributePath: 'website', AttributeValue: 'https://example.com/marge' },
    ]
    await identity('UpdateUser', { UserId, Operations })
    const accessKey = caller.accessKey.id
    t.match(await findings('identity-store/provisioned-resource-changed'), [
      {
        subject: marge,
        detail:
          /^Access key SCIM\w+ changed title from ".+" to "Mayor"\. The identity provider has the earlier values\.$/,
      },
    ])
    const history = await callConsole('GET', `/tenants/acme/users/${UserId}/history`)
    t.match(listOf(history.items)[0], {
      kind: 'revision',
      via: { api: 'identity-store', accessKey },
      cause: { action: /^change title, website of user$/, operation: 'UpdateUser' },
    })
    const user = directory.users.find(({ attributes }) => attributes.userPrincipalName === marge)
    const text = JSON.stringify({
      value: [{ userPrincipalName: marge, jobTitle: user?.attributes.jobTitle, accountEnabled: true }],
    })
    t.match(await callConsole('POST', '/tenants/acme/reconcile', { text, name: 'users.json' }), {
      different: [
        {
          label: marge,
          differences: [{ path: 'title', export: user?.attributes.jobTitle, directory: 'Mayor' }],
        },
      ],
    })
    t.match(await identity('DescribeUser', { UserId }), { CreatedBy: 'SCIM', UpdatedBy: account })
  })

  t.test(
    'Entra overwrites the change once the user changes there, and keeps what SCIM does not have',
    async t => {
      const UserId = await idOf(marge)
      await job.runCycle({ directory })
      t.match(await identity('DescribeUser', { UserId }), { Title: 'Mayor' }, 'a cycle without changes')
      await job.runCycle({ directory: withTitle(directory, marge, 'Councilor') })
      t.match(await identity('DescribeUser', { UserId }), {
        Title: 'Councilor',
        Website: 'https://example.com/marge',
        UpdatedBy: 'SCIM',
      })
    },
  )

  t.test(
    'IS-262 Entra creates a user that was deleted past it only after a restart, with another ID',
    async t => {
      const UserId = await idOf(barney)
      await identity('DeleteUser', { UserId })
      t.match(await findings('identity-store/provisioned-resource-deleted'), [{ subject: barney }])
      await job.runCycle({ directory: withTitle(directory, barney, 'Astronaut') })
      await t.rejects(idOf(barney), { name: 'ResourceNotFoundException' })
      await job.restart({ full: true })
      await job.runCycle({ directory: withTitle(directory, barney, 'Astronaut') })
      t.match(await identity('DescribeUser', { UserId: await idOf(barney) }), { Title: 'Astronaut' })
      t.not(await idOf(barney), UserId)
    },
  )
})

t.test('a directory that both change', async t => {
  const { scim, identity, errorOf, idOf, findings, job, directory } = await openDirectory(t)
  const aUser = (UserName: string, more: JsonObject = {}): JsonObject => ({
    UserName,
    DisplayName: 'Any',
    Name: { GivenName: 'Any', FamilyName: 'One' },
    ...more,
  })

  t.test('IS-234 the next cycle takes over a user that the API created', async t => {
    const { UserId = '' } = await identity('CreateUser', aUser(marge, { Website: 'https://example.com' }))
    t.equal((await identity('DescribeUser', { UserId })).ExternalIds, undefined)
    await job.runCycle({ directory })
    const { attributes } =
      directory.users.find(({ attributes }) => attributes.userPrincipalName === marge) ?? {}
    t.match(await identity('DescribeUser', { UserId }), {
      DisplayName: attributes?.displayName,
      Title: attributes?.jobTitle,
      Website: 'https://example.com',
      ExternalIds: [{ Issuer: issuer, Id: attributes?.mailNickname ?? /./ }],
      CreatedBy: account,
      UpdatedBy: 'SCIM',
    })
    t.equal(await idOf(marge), UserId, 'it is the same user')
    t.match(await findings('identity-store/created-directly'), [{ subject: marge }])
  })

  t.test('the API cannot create what SCIM has created', async t => {
    t.equal(await errorOf('CreateUser', aUser(barney)), 'ConflictException: Duplicate UserName')
    t.equal(
      await errorOf('CreateUser', aUser('b', { Emails: [{ Value: barney }] })),
      'ConflictException: Duplicate EmailAddress',
    )
    const { DisplayName = '' } = listOf((await identity('ListGroups')).Groups)[0] ?? {}
    t.equal(await errorOf('CreateGroup', { DisplayName }), 'ConflictException: Duplicate GroupDisplayName')
    await t.rejects(idOf('b'), { name: 'ResourceNotFoundException' })
  })

  t.test('SCIM cannot create what the API has created', async t => {
    const { UserId = '' } = await identity(
      'CreateUser',
      aUser('selma', { Emails: [{ Value: 's@x.example' }] }),
    )
    const { GroupId = '' } = await identity('CreateGroup', { DisplayName: 'Bouviers' })
    const user = (userName: string, email: string) => ({
      userName,
      displayName: 'Any',
      name: { givenName: 'Any', familyName: 'One' },
      emails: [{ value: email, type: 'work', primary: true }],
    })
    t.equal((await scim('POST', '/Users', user('selma', 'other@x.example'))).status, 409)
    t.equal((await scim('POST', '/Users', user('other', 's@x.example'))).status, 409)
    t.equal((await scim('POST', '/Groups', { displayName: 'Bouviers' })).status, 409)
    const found = await scim('GET', '/Users?filter=userName%20eq%20%22selma%22')
    t.match(found.body, { totalResults: 1, Resources: [{ id: UserId, active: true }] })

    const join = patchOp({ op: 'add', path: 'members', value: [{ value: UserId }] })
    t.equal((await scim('PATCH', `/Groups/${GroupId}`, join)).status, 204)
    const MemberId = { UserId }
    t.equal(
      await errorOf('CreateGroupMembership', { GroupId, MemberId }),
      'ConflictException: Member and Group relationship already exists.',
    )
    const { MembershipId = '' } = await identity('GetGroupMembershipId', { GroupId, MemberId })
    t.match(await identity('DescribeGroupMembership', { MembershipId }), { CreatedBy: 'SCIM' })
    await identity('DeleteGroupMembership', { MembershipId })
    const members = await scim('GET', `/Groups?filter=members.value%20eq%20%22${UserId}%22`)
    t.equal(members.body.totalResults, 0)
  })

  t.test('IS-112 what SCIM deleted does not exist for the API', async t => {
    const UserId = await idOf('selma')
    t.equal((await scim('DELETE', `/Users/${UserId}`)).status, 204)
    t.equal(await errorOf('DescribeUser', { UserId }), 'ResourceNotFoundException: USER not found.')
    t.match(await identity('CreateUser', aUser('selma')), { UserId: /./ })
  })
})
