import { accountId, identityStoreId, instanceArn, issuerOf } from '../../aws-api/identifiers.ts'
import { authorOf } from '../../aws-api/identity-store/records.ts'
import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import type { Directory, Identity, Memberships } from '../../domain/ports/directory.ts'
import type { Via } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { compact } from '../../scim/json.ts'
import { createSharedTexts, type SharedTexts } from '../../scim/text.ts'
import type { Audit, AwsDirectory, DirectoryMembership, DirectoryRecord } from './directory.ts'

export type TenantFacts = Pick<Tenant, 'id' | 'key' | 'imported' | 'session'>

/** Arguments and results can be sent between threads. */
export type TenantReads = {
  readonly identities: Directory['identities']
  readonly authors: Directory['authors']
  readonly memberships: Memberships['page']
  readonly assignments: AccountAssignments['assignments']
  readonly permissionSets: AccountAssignments['permissionSets']
}

/** Read at once: a few milliseconds. */
const identitiesPerRead = 50
const membershipsPerRead = 500
const assignmentsPerRead = 500

/** What a tenant has now, page by page: a client may change it meanwhile. */
export async function directoryOfTenant(tenant: TenantFacts, reads: TenantReads): Promise<AwsDirectory> {
  const { id, key, imported, session } = tenant
  // 300,000 memberships name few users, groups and authors.
  const shared = createSharedTexts()
  const users = await recordsOf(tenant, reads, 'User', shared)
  const groups = await recordsOf(tenant, reads, 'Group', shared)
  const memberships: DirectoryMembership[] = []
  for (const group of groups)
    for (const membership of await membershipsOf(tenant, reads, group.key, shared))
      memberships.push(membership)

  const permissionSets = await allPages(
    (after: string | undefined) =>
      reads.permissionSets(key, { limit: assignmentsPerRead, ...compact({ after }) }),
    ({ name }) => name,
  )
  const assignments = await allPages(
    (after: string | undefined) =>
      reads.assignments(key, { limit: assignmentsPerRead, ...compact({ after }) }),
    assignment => assignment.id,
  )
  const unknown = new Map((imported?.result.unknown ?? []).map(({ id, ids }) => [id, ids]))
  // Session files have no assignments.
  const isSessionFile = session !== undefined && session.kind !== 'import'
  const hasAssignments = assignments.length > 0 || !(isSessionFile || unknown.has('assignments-unknown'))
  const withMembers = new Set(memberships.map(({ group }) => group))
  return {
    instance: imported?.instance ?? {
      store: identityStoreId(tenant),
      arn: instanceArn(tenant),
      account: accountId(tenant),
      issuer: issuerOf(tenant),
    },
    users: new Map(users.map(({ record }) => [record.id, record])),
    groups: new Map(groups.map(({ record }) => [record.id, record])),
    memberships,
    permissionSets: new Map(
      permissionSets.map(({ id, name, content: { description, sessionDuration, relayState }, created }) => [
        id,
        { id, name, created, ...compact({ description, sessionDuration, relayState }) },
      ]),
    ),
    assignments: assignments.map(({ account, permissionSet, principal }) => ({
      account,
      permissionSet,
      principal,
    })),
    accounts: new Map(Object.entries(imported?.accounts ?? {})),
    applications: imported?.applications ?? [],
    membersUnknown: new Set(unknown.get('members-unknown')?.filter(group => !withMembers.has(group))),
    read: {
      ...{ source: 'tenant', name: id },
      ...(unknown.has('complete-unknown') ? {} : { complete: true }),
      skipped: hasAssignments ? [] : ['assignments'],
      orphansKnown: !isSessionFile && !unknown.has('orphans-unknown'),
    },
    notes: [],
    issuers: new Map((imported?.result.issuers ?? []).map(({ issuer, count }) => [issuer, count])),
  }
}

/** The identities that are not deleted, page by page. Those that are enabled come first. */
export async function* livingIdentities(
  { identities }: Pick<TenantReads, 'identities'>,
  tenant: number,
  type: string,
): AsyncGenerator<readonly Identity[]> {
  for (const status of ['active', 'disabled'] as const) {
    let cursor: string | undefined
    do {
      const page = await identities(tenant, type, {
        status,
        limit: identitiesPerRead,
        ...compact({ cursor }),
      })
      yield page.items
      cursor = page.next
    } while (cursor !== undefined)
  }
}

type Keyed = { readonly key: number; readonly record: DirectoryRecord }

/** In order of creation. */
async function recordsOf(
  tenant: TenantFacts,
  reads: TenantReads,
  type: string,
  shared: SharedTexts,
): Promise<readonly Keyed[]> {
  const found: Keyed[] = []
  const statements = tenant.imported?.result.unknown ?? []
  const withoutStatus = new Set(statements.find(one => one.id === 'status-unknown')?.ids)
  for await (const page of livingIdentities(reads, tenant.key, type)) {
    const authors = await reads.authors(
      tenant.key,
      page.map(({ key }) => key),
    )
    for (const { key, id, document = '{}', firstSeen, lastWritten, versions } of page) {
      const times = { created: firstSeen, changed: lastWritten, isFirst: versions === 1 }
      const audit = auditOf(tenant, shared, times, authors.get(key))
      // A client may have enabled the user since.
      const statusUnknown = versions === 1 && withoutStatus.has(id) ? (true as const) : undefined
      found.push({ key, record: { id: shared(id), document, ...compact({ audit, statusUnknown }) } })
    }
  }
  return found.sort((one, other) => one.key - other.key)
}

async function membershipsOf(
  tenant: TenantFacts,
  { memberships }: TenantReads,
  group: number,
  shared: SharedTexts,
): Promise<readonly DirectoryMembership[]> {
  const scope = { tenant: tenant.key, groupType: 'Group', memberType: 'User' }
  const found = await allPages(
    (after: number | undefined) => memberships(scope, 'group', group, after ?? 0, membershipsPerRead),
    ({ key }) => key,
  )
  return found.map(({ group, member: user, at, via }) => {
    const id = via?.api === 'import' ? via.membership : undefined
    const times = { created: at, changed: at, isFirst: true }
    const audit = auditOf(tenant, shared, times, { created: via, changed: via })
    return { group: shared(group), user: shared(user), ...compact({ id, audit }) }
  })
}

type Times = { readonly created: number; readonly changed: number; readonly isFirst: boolean }

/** Undefined for what was imported without audit members and has not changed since. */
function auditOf(
  tenant: TenantFacts,
  shared: SharedTexts,
  { created, changed, isFirst }: Times,
  authors: { readonly created?: Via | undefined; readonly changed?: Via | undefined } = {},
): Audit | undefined {
  const imported = authors.created?.api === 'import' && isFirst ? authors.created : undefined
  if (imported && imported.created === undefined) return undefined
  return {
    at: created,
    by: shared(authorOf(tenant, authors.created)),
    updatedAt: changed,
    updatedBy: shared(imported?.updated ?? authorOf(tenant, authors.changed)),
  }
}

async function allPages<Item, Place>(
  read: (after: Place | undefined) => Promise<readonly Item[]>,
  placeOf: (last: Item) => Place,
): Promise<readonly Item[]> {
  const all: Item[] = []
  for (let page = await read(undefined); ; page = await read(placeOf(page.at(-1) as Item))) {
    all.push(...page)
    if (page.length === 0) return all
  }
}
