import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { toResourceId } from '../../src/scim/resource.ts'
import type { AwsDirectory } from '../../src/traffic/aws-directory/directory.ts'
import {
  aDirectory,
  apisOf,
  aResult,
  aUserRecord,
  exportedAt,
  ids,
  importOf,
  issuer,
  seenByApis,
} from '../support/imports.ts'
import { anExchange } from './journal.ts'
import { type OpenedEngine, sessionOf } from './opened-sessions.ts'
import { removing } from './store-fixture.ts'

const store = { IdentityStoreId: 'd-9067e0c944' }
const arn = 'arn:aws:sso:::permissionSet/ssoins-72230dd8d945bf1a/ps-80cf711f64646b3e'
const [created, updated] = [1796018451.314, 1796018511.314]
const bySCIM = { CreatedAt: created, CreatedBy: 'SCIM', UpdatedAt: updated, UpdatedBy: 'SCIM' }
const ofUser = (name: string) => ({
  UserName: name,
  DisplayName: name,
  Name: { FamilyName: 'Simpson', GivenName: name },
})
const inOperators = { ...store, GroupId: ids.operators }
const assigned = (AccountId: string, PrincipalType: string, PrincipalId: string) => ({
  ...{ AccountId, PermissionSetArn: arn, PrincipalType, PrincipalId },
})

/** What the AWS APIs return about `aDirectory`, as AWS did. */
export const asAtAws = {
  instances: [
    {
      InstanceArn: 'arn:aws:sso:::instance/ssoins-72230dd8d945bf1a',
      ...store,
      IdentityStoreArn: 'arn:aws:identitystore::999999999999:identitystore/d-9067e0c944',
      OwnerAccountId: '999999999999',
      Name: 'Springfield',
      Status: 'ACTIVE',
      PrimaryRegion: 'eu-central-1',
    },
  ],
  users: [
    {
      ...store,
      UserId: ids.marge,
      ...ofUser('marge'),
      ExternalIds: [{ Issuer: issuer, Id: '00u1a2b3c4' }],
      Emails: [{ Value: 'marge@springfield.example', Type: 'work', Primary: true }],
      UserStatus: 'ENABLED',
      ...bySCIM,
    },
    {
      ...store,
      UserId: ids.ned,
      ...ofUser('ned'),
      ExternalIds: [
        { Issuer: 'https://hr.example', Id: '7' },
        { Issuer: `${issuer}x`, Id: 'n2' },
      ],
      Emails: [{ Value: 'marge@springfield.example' }],
      UserStatus: 'ENABLED',
      ...bySCIM,
    },
    { ...store, UserId: ids.bart, UserName: 'bart simpson', DisplayName: 'Bart', UserStatus: 'DISABLED' },
  ],
  groups: [
    {
      ...store,
      GroupId: ids.operators,
      DisplayName: 'Operators',
      Description: 'Run it',
      ExternalIds: [{ Issuer: issuer, Id: 'g1' }],
      ...bySCIM,
    },
    { ...store, GroupId: ids.operatorsToo, DisplayName: 'Operators', ...bySCIM },
  ],
  memberships: [
    [
      {
        ...inOperators,
        MembershipId: ids.nedInOperators,
        MemberId: { UserId: ids.ned },
        ...{ CreatedAt: created, CreatedBy: '999999999999', UpdatedAt: created, UpdatedBy: 'SCIM' },
      },
      {
        ...inOperators,
        MembershipId: ids.margeInOperators,
        MemberId: { UserId: ids.marge },
        ...{ CreatedAt: created - 1, CreatedBy: 'SCIM', UpdatedAt: created - 1, UpdatedBy: 'SCIM' },
      },
    ],
    [
      {
        ...store,
        MembershipId: /^[0-9a-f-]{36}$/,
        GroupId: ids.operatorsToo,
        MemberId: { UserId: ids.marge },
      },
    ],
  ],
  permissionSets: [arn],
  permissionSet: {
    ...{ Name: 'ReadOnly', PermissionSetArn: arn, Description: 'Looks', SessionDuration: 'PT8H' },
    CreatedDate: created,
  },
  assignments: [
    [assigned('111111111111', 'GROUP', ids.operators), assigned('111111111111', 'USER', ids.gone)],
    [assigned('222222222222', 'USER', ids.ned)],
  ],
}

/** How each engine keeps imported directories. */
export function describeImports(t: Test, open: (t: Test) => Promise<OpenedEngine>): void {
  t.test('the AWS APIs return an imported directory as AWS did', async t => {
    const { engine } = await open(t)
    const tenant = await engine.sessions.open(importOf(aDirectory))
    t.match(tenant, {
      id: 'd-9067e0c944',
      settings: { profile: 'aws', onDelete: 'remove' },
      session: { kind: 'import', tenant: 'd-9067e0c944', exported: exportedAt, tenantTime: exportedAt },
      imported: { at: exportedAt + 1000, accounts: { 111111111111: 'Reactor' }, result: aResult },
    })
    const seen = await seenByApis(engine, tenant)
    t.match(seen, asAtAws)
    t.same(
      seen.users.map(user => Object.keys(user).toSorted()),
      asAtAws.users.map(user => Object.keys(user).toSorted()),
    )
  })

  t.test('clients may change a working copy, and imported names stay', async t => {
    const { engine } = await open(t)
    const tenant = await engine.sessions.open(importOf(aDirectory, { working: true, tenant: 'acme' }))
    t.same([tenant.id, tenant.session, tenant.clockOffset], ['acme', undefined, 0])
    const api = apisOf(engine, tenant)
    const { MembershipId } = (await api('GetGroupMembershipId', {
      GroupId: ids.operators,
      MemberId: { UserId: ids.ned },
    })) as { readonly MembershipId: string }
    t.equal(MembershipId, ids.nedInOperators)
    t.match(await api('DescribeGroupMembership', { MembershipId }), asAtAws.memberships[0]?.[0])
    t.same(await api('DeleteGroupMembership', { MembershipId }), {})
    t.match(await api('DescribeGroupMembership', { MembershipId }), { type: 'ResourceNotFoundException' })
    const again = await api('CreateGroupMembership', {
      GroupId: ids.operators,
      MemberId: { UserId: ids.ned },
    })
    t.not(again.MembershipId, MembershipId)
    t.match(await api('DescribeGroupMembership', { MembershipId: again.MembershipId ?? '' }), {
      CreatedBy: '999999999999',
      MemberId: { UserId: ids.ned },
    })
    const change = (UserId: string) =>
      api('UpdateUser', { UserId, Operations: [{ AttributePath: 'title', AttributeValue: 'Boss' }] })
    await change(ids.ned)
    await change(ids.bart)
    const [, ned, bart] = (await seenByApis(engine, tenant)).users
    t.match(ned, { ...asAtAws.users[1], Title: 'Boss', UpdatedAt: 1796022360, UpdatedBy: '999999999999' })
    t.match(bart, { UserName: 'bart simpson', CreatedBy: 'SCIM', UpdatedBy: '999999999999' })
  })

  t.test('only the external ID that SCIM shows is looked up', async t => {
    const { engine } = await open(t)
    const api = apisOf(engine, await engine.sessions.open(importOf(aDirectory)))
    const find = async (Issuer: string, Id: string) =>
      (await api('GetUserId', { AlternateIdentifier: { ExternalId: { Issuer, Id } } })).UserId
    t.same(
      await Promise.all([
        find(issuer, '00u1a2b3c4'),
        find(`${issuer}x`, 'n2'),
        find(issuer, 'n2'),
        find('https://hr.example', '7'),
      ]),
      [ids.marge, ids.ned, undefined, undefined],
    )
  })

  t.test('of objects with equal names, the first one is found', async t => {
    const { engine } = await open(t)
    const api = apisOf(engine, await engine.sessions.open(importOf(aDirectory)))
    const byName = { UniqueAttribute: { AttributePath: 'displayName', AttributeValue: 'OPERATORS' } }
    t.match(await api('GetGroupId', { AlternateIdentifier: byName }), { GroupId: ids.operators })
  })

  t.test('objects of the same time stay in the order of the export', async t => {
    const { engine } = await open(t)
    const users = Array.from({ length: 300 }, (_, nth) =>
      aUserRecord(`c4a8b4f8-1091-7091-f3f5-${String(997 * nth).padStart(12, '0')}`, `user${(nth * 7) % 300}`),
    )
    const directory: AwsDirectory = {
      ...aDirectory,
      assignments: [],
      users: new Map(users),
      memberships: users.map(([user]) => ({ group: ids.operators, user })),
    }
    const tenant = await engine.sessions.open(importOf(directory))
    const api = apisOf(engine, tenant)
    const pages = async (name: string, list: string, input = {}) => {
      const found = []
      let NextToken: string | undefined
      do {
        const page = await api(name, { ...input, ...(NextToken !== undefined && { NextToken }) })
        found.push(...(page[list] as readonly { UserId?: string; MemberId?: { UserId: string } }[]))
        NextToken = page.NextToken as string | undefined
      } while (NextToken !== undefined)
      return found.map(({ UserId, MemberId }) => UserId ?? MemberId?.UserId)
    }
    t.same(await pages('ListUsers', 'Users'), [...directory.users.keys()])
    t.same(
      await pages('ListGroupMemberships', 'GroupMemberships', { GroupId: ids.operators }),
      users.map(([user]) => user),
    )
  })

  t.test('a snapshot brings a changed import back', async t => {
    const { engine } = await open(t)
    const tenant = await engine.sessions.open(importOf(aDirectory, { working: true }))
    const { id } = await engine.snapshots.save()
    const place = { tenant: tenant.key, type: 'User', id: toResourceId(ids.ned) }
    await engine.store.remove(place, { now: exportedAt }, removing)
    await engine.assignments.unassign(tenant.key, { now: exportedAt }, aDirectory.assignments[0] as never)
    await engine.snapshots.restore(id)
    t.match(await seenByApis(engine, engine.tenants.find(tenant.id) ?? tenant), asAtAws)
    t.same(engine.tenants.find(tenant.id)?.imported, tenant.imported)
  })

  t.test('a reset deletes the data of an import, and keeps its names', async t => {
    const { engine } = await open(t)
    const tenant = await engine.sessions.open(importOf(aDirectory, { working: true }))
    await engine.reset(tenant.id)
    const emptied = engine.tenants.find(tenant.id) ?? tenant
    t.match(await seenByApis(engine, emptied), {
      instances: asAtAws.instances,
      users: [],
      permissionSets: [],
    })
    t.same(emptied.imported, tenant.imported)
  })

  t.test('a deleted import leaves no rows, and can be imported again', async t => {
    const { engine, rows } = await open(t)
    const before = await rows()
    const id = 'd-9067e0c944'
    await engine.sessions.open(importOf(aDirectory))
    t.equal(await engine.tenants.remove(id), true)
    t.same(await rows(), before)

    await engine.sessions.open(importOf(aDirectory))
    engine.journal.record(anExchange(1, { id: randomUUID(), tenant: id }))
    const requests = () => engine.journal.page({ limit: 10, search: [{ key: 'tenant', value: id }] })
    t.equal((await requests()).items.length, 1)
    await engine.tenants.remove(id)
    await t.rejects(engine.sessions.open(sessionOf(id)), { message: /The journal has requests to a former/ })
    const tenant = await engine.sessions.open(importOf(aDirectory))
    t.match(await seenByApis(engine, tenant), asAtAws)
    await t.rejects(engine.sessions.open(importOf(aDirectory)), { message: /already exists/ })
  })
}
