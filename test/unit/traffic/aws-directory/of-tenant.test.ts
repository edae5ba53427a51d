import t, { type Test } from 'tap'
import type { Engine } from '../../../../src/domain/ports/engine.ts'
import type { Tenant } from '../../../../src/domain/tenants/tenant.ts'
import type { JsonObject } from '../../../../src/scim/json.ts'
import { openSqliteEngine } from '../../../../src/storage/sqlite/engine.ts'
import type { AwsDirectory } from '../../../../src/traffic/aws-directory/directory.ts'
import { importResultOf, unknownOf } from '../../../../src/traffic/aws-directory/evidence.ts'
import { directoryOfTenant, type TenantReads } from '../../../../src/traffic/aws-directory/of-tenant.ts'
import { aDirectory, aResult, importOf } from '../../../support/imports.ts'
import { buildTestApp } from '../../../support/scim.ts'

const readsOf = ({
  directory,
  memberships,
  assignments,
}: Pick<Engine, 'directory' | 'memberships' | 'assignments'>) => {
  // As in a thread.
  const cloned =
    <Args extends readonly unknown[], Result>(read: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> =>
      structuredClone(await read(...structuredClone(args)))
  return {
    identities: cloned(directory.identities),
    authors: cloned(directory.authors),
    memberships: cloned(memberships.page),
    assignments: cloned(assignments.assignments),
    permissionSets: cloned(assignments.permissionSets),
  } satisfies TenantReads
}

/** Documents without their schemas and IDs, which an export does not have. */
function comparable({ users, groups, memberships, read: _, ...directory }: AwsDirectory) {
  const records = (all: AwsDirectory['users']) =>
    [...all.values()].map(({ document, statusUnknown: _, ...record }) => {
      const { schemas: _s, id: _i, ...resource }: JsonObject = JSON.parse(document)
      return { ...record, document: resource }
    })
  return {
    ...directory,
    users: records(users),
    groups: records(groups),
    // A membership never changes.
    memberships: Array.from(memberships, ({ audit, ...rest }) => ({
      ...rest,
      ...(audit && { audit: { ...audit, updatedAt: audit.at } }),
    })),
  }
}

async function openEngine(t: Test) {
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const engine = openSqliteEngine({ retention: { count: 1000, days: 30 }, log })
  t.teardown(() => engine.close())
  return engine
}

t.test('an imported tenant is read as it was exported', async t => {
  const engine = await openEngine(t)
  const result = {
    ...aResult,
    unknown: [],
    issuers: [{ issuer: 'https://scim.aws.com/k7qa1b2c3d4', count: 2 }],
  }
  const tenant: Tenant = await engine.sessions.open(importOf(aDirectory, { result }))
  const { key, id, imported } = tenant
  const found = await directoryOfTenant({ key, id, ...(imported && { imported }) }, readsOf(engine))
  t.same(comparable(found), comparable(aDirectory))
  t.match(found.read, { source: 'tenant', name: 'd-9067e0c944' })
})

t.test('an import without assignments stays one', async t => {
  const engine = await openEngine(t)
  const unknown = ['assignments-unknown', 'orphans-unknown'].map(id => ({ id, text: id, count: 0, ids: [] }))
  const directory = { ...aDirectory, assignments: [] }
  const { key, id, imported } = await engine.sessions.open(
    importOf(directory, { result: { ...aResult, unknown } }),
  )
  const { read } = await directoryOfTenant({ key, id, ...(imported && { imported }) }, readsOf(engine))
  t.match(read, { skipped: ['assignments'], orphansKnown: false })
})

t.test('what an import does not say about status, times and completeness stays unknown', async t => {
  const engine = await openEngine(t)
  const { complete: _, ...read } = { ...aDirectory.read }
  const directory = { ...aDirectory, read }
  const { unknown } = importResultOf(directory)
  const { key, id, imported } = await engine.sessions.open(
    importOf(directory, { result: { ...aResult, unknown } }),
  )
  const found = await directoryOfTenant({ key, id, ...(imported && { imported }) }, readsOf(engine))
  const textsOf = (of: AwsDirectory) => unknownOf(of).map(({ text }) => text)
  t.match(unknown.map(statement => statement.id).slice(0, 2), ['status-unknown', 'times-unknown'])
  t.same(textsOf(found), textsOf(directory))
})

t.test('the assignments of a session that was opened from a file are unknown', async t => {
  const { deps, tenant } = await buildTestApp(t, 'aws')
  const session = { tenant: 'acme', exported: 0, tenantTime: 0, version: '0.1.0', prefix: '', findings: [] }
  const { read } = await directoryOfTenant({ ...tenant, session }, readsOf(deps))
  t.match(read, { skipped: ['assignments'], orphansKnown: false })
})

t.test('any tenant is read, page by page, without what was deleted', async t => {
  const { client, deps, tenant } = await buildTestApp(t, 'aws')
  const ids: string[] = []
  for (let nth = 0; nth < 60; nth++) {
    const name = { givenName: 'A', familyName: 'B' }
    const { id } = await client.create('Users', {
      userName: `u${nth}`,
      displayName: `u${nth}`,
      name,
      active: nth !== 3,
    })
    ids.push(id)
  }
  const gone = ids.pop()
  await client.delete(`/Users/${gone}`)
  const { id: group } = await client.create('Groups', { displayName: 'All' })
  await client.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: ids.map(value => ({ value })) })
  const { instance, users, groups, memberships } = await directoryOfTenant(tenant, readsOf(deps))
  t.match(instance, { store: /^d-9067/, account: /^\d{12}$/, issuer: `https://scim.aws.com/${tenant.id}` })
  t.same([...users.keys()], ids, 'in order of creation')
  t.match(JSON.parse(users.get(ids[3] ?? '')?.document ?? ''), { userName: 'u3', active: false })
  t.match(users.get(ids[0] ?? '')?.audit, { by: 'SCIM', updatedBy: 'SCIM' })
  t.same([...groups.keys()], [group])
  t.same(
    Array.from(memberships, ({ user }) => user),
    ids,
  )
})
