import type { FastifyPluginAsync } from 'fastify'
import {
  type AttributeChange,
  type CycleChanges,
  type CycleRate,
  cycleReportOperations,
  type Interoperability,
  maxListed,
  type TypeChanges,
} from '../../domain/contract/cycles.ts'
import { type FailureMap, failureMapOperations as mapOperations } from '../../domain/contract/findings.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { createVerdict } from '../../domain/identity-providers/interoperability.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Cycle } from '../../domain/ports/analysis.ts'
import type { AffectedResource, Directory, MembershipEvent } from '../../domain/ports/directory.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { createEvaluator, type Evaluation } from '../../insight/analysis/evaluation/evaluate.ts'
import type { Profile } from '../../profiles/profile.ts'
import { type Difference, differencesBetween } from '../../scim/differences.ts'
import { resourceFromDocument } from '../../scim/document.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import { typeByName } from '../../scim/resource-types.ts'
import type { ConsoleDeps } from '../deps.ts'
import { nameIds, valuesOf, viewRelated } from '../views/identity.ts'
import { requireCycle } from './analysis.ts'
import { register, requireTenant } from './register.ts'

export const reportRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, analysis, journal } = deps

  register(app, 'getCycleChanges', cycleReportOperations.getCycleChanges, async ({ params, signal }) => {
    const cycle = await requireCycle(analysis, params.id)
    return readCycleChanges(deps, requireTenant(tenants, cycle.tenant), cycle, signal)
  })

  register(app, 'getCycleRate', cycleReportOperations.getCycleRate, async ({ params, signal }) => {
    const cycle = await requireCycle(analysis, params.id)
    return readCycleRate(journal, cycle, tenants.find(cycle.tenant)?.profile, signal)
  })

  register(
    app,
    'getCycleInteroperability',
    cycleReportOperations.getCycleInteroperability,
    async ({ params, signal }) => {
      const cycle = await requireCycle(analysis, params.id)
      return readInteroperability(journal, cycle, tenants.find(cycle.tenant)?.profile, signal)
    },
  )

  register(app, 'getFailureMap', mapOperations.getFailureMap, async ({ params, signal }) =>
    readFailureMap(deps, requireTenant(tenants, params.tenant).id, signal),
  )
}

/** Newest writes whose changes are read: each needs some look-ups. */
const maxWrites = 2000

type Deps = { readonly journal: Pick<Journal, 'batches'>; readonly directory: Directory }

async function readCycleChanges(
  { journal, directory }: Deps,
  tenant: Tenant,
  cycle: Cycle,
  signal: AbortSignal,
): Promise<CycleChanges> {
  const { writes, complete } = await readWrites(journal, cycle.id, signal)
  const states = new Map<string, AffectedResource>()
  const members = createMemberChanges()
  for (const exchange of writes.reverse()) {
    const { type, id } = exchange.target ?? {}
    if (type === undefined || id === undefined) continue
    const moment = { exchange: exchange.id, at: exchange.tenantTime }
    const effect = await directory.effects.causedBy(tenant.key, type, id, moment)
    for (const resource of effect.resources) {
      const key = JSON.stringify([resource.type, resource.id])
      const { type, id, label, after } = resource
      const { before } = states.get(key) ?? resource
      states.set(key, { type, id, label, after, ...(before && { before }) })
    }
    for (const event of effect.memberships) members.note(event)
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
  const types = [...Map.groupBy(states.values(), ({ type }) => type)].map(([type, resources]) =>
    toTypeChanges(tenant, type, resources),
  )
  const differences = types.flatMap(({ attributes }) => attributes.flatMap(({ changes }) => changes))
  return {
    types: types.filter(
      ({ created, deleted, attributes }) => created.count + deleted.count + attributes.length > 0,
    ),
    groups: members.list(),
    requests: writes.length,
    complete,
    names: await nameIds(directory, tenant.key, valuesOf(differences)),
  }
}

async function readWrites(
  journal: Deps['journal'],
  cycle: string,
  signal: AbortSignal,
): Promise<{ readonly writes: Exchange[]; readonly complete: boolean }> {
  const search = [
    { key: 'cycle', value: cycle },
    { key: 'status', value: '2xx' },
    { key: 'method', value: 'GET', not: true },
  ] as const
  const writes: Exchange[] = []
  for await (const exchanges of journal.batches({ search, signal })) {
    writes.push(...exchanges)
    if (writes.length > maxWrites) return { writes: writes.slice(0, maxWrites), complete: false }
  }
  return { writes, complete: true }
}

function toTypeChanges(tenant: Tenant, type: string, resources: readonly AffectedResource[]): TypeChanges {
  const isCreated = ({ before, after }: AffectedResource) => !before && after.document !== undefined
  const isDeleted = ({ before, after }: AffectedResource) => before && after.document === undefined
  const modified = resources.filter(({ before, after }) => before && after.document !== undefined)
  return {
    type,
    created: toList(resources.filter(isCreated)),
    deleted: toList(resources.filter(isDeleted)),
    attributes: foldChanges(modified.map(resource => ({ resource, differences: compare(tenant, resource) }))),
  }
}

const toListed = ({ id, label }: AffectedResource) => ({ id, label })

const toList = (resources: readonly AffectedResource[]) => ({
  count: resources.length,
  items: resources.slice(0, maxListed).map(toListed),
})

function compare(tenant: Tenant, { type, before, after }: AffectedResource): readonly Difference[] {
  const tables = typeByName(tenant.profile.schema.resourceTypes, type)
  if (!tables || !before || after.document === undefined) return []
  return differencesBetween(
    tables,
    resourceFromDocument(before),
    resourceFromDocument({ document: after.document }),
  )
}

type Compared = { readonly resource: AffectedResource; readonly differences: readonly Difference[] }

function foldChanges(compared: readonly Compared[]): AttributeChange[] {
  const all = compared.flatMap(({ resource, differences }) =>
    differences.map(difference => ({ resource, difference })),
  )
  return [...Map.groupBy(all, ({ difference }) => difference.path)]
    .map(([path, changes]) => {
      const equal = Map.groupBy(changes.slice(0, maxListed), ({ difference: { kind, before, after } }) =>
        JSON.stringify([kind, before, after]),
      )
      return {
        path,
        count: changes.length,
        changes: [...equal.values()]
          .flatMap(group => {
            const [first] = group
            if (!first) return []
            const { path: _, ...difference } = first.difference
            return [{ ...difference, resources: group.map(({ resource }) => toListed(resource)) }]
          })
          .sort((one, other) => other.resources.length - one.resources.length),
      }
    })
    .sort((one, other) => other.count - one.count)
}

/** Joining and leaving cancel each other out. */
function createMemberChanges() {
  type Change = { readonly member: RelatedResource; readonly event: MembershipEvent['event'] }
  const groups = new Map<string, { readonly group: RelatedResource; readonly changes: Map<string, Change> }>()
  return {
    note({ group, member, event }: MembershipEvent): void {
      const known = groups.get(group.id) ?? { group, changes: new Map<string, Change>() }
      groups.set(group.id, known)
      const earlier = known.changes.get(member.id)
      if (earlier && earlier.event !== event) known.changes.delete(member.id)
      else known.changes.set(member.id, { member, event })
    },
    list: () =>
      [...groups.values()]
        .map(({ group, changes }) => {
          const of = (event: MembershipEvent['event']) =>
            [...changes.values()]
              .filter(change => change.event === event)
              .map(({ member }) => viewRelated(member))
          return { group: viewRelated(group), joined: of('added'), left: of('removed') }
        })
        .filter(({ joined, left }) => joined.length + left.length > 0),
  }
}

const maxRequests = 20_000
const maxSeconds = 600
const second = 1000

type Second = CycleRate['seconds'][number]

async function readCycleRate(
  journal: Pick<Journal, 'batches'>,
  { id, last }: Pick<Cycle, 'id' | 'last'>,
  profile: Profile | undefined,
  signal: AbortSignal,
) {
  const end = Math.floor(last / second)
  const counts: Second[] = []
  let read = 0
  let complete = true
  const search = [{ key: 'cycle', value: id }] as const
  for await (const exchanges of journal.batches({ search, bodies: 'none', signal })) {
    for (const exchange of exchanges) {
      const before = Math.max(0, end - Math.floor(exchange.at / second))
      if (before >= maxSeconds) complete = false
      else note(counts, before, exchange)
    }
    read += exchanges.length
    if (read < maxRequests) continue
    complete = false
    break
  }
  const seconds = Array.from(
    { length: counts.length },
    (_, at) => counts[counts.length - 1 - at] ?? { reads: 0, writes: 0, throttled: 0 },
  )
  const most = (of: (one: Second) => number) => seconds.reduce((found, one) => Math.max(found, of(one)), 0)
  const limits = profile?.requests.limits
  return {
    ...(limits && { limits: { reads: limits.readsPerSecond, writes: limits.writesPerSecond } }),
    from: (end - Math.max(0, seconds.length - 1)) * second,
    seconds,
    peak: { reads: most(one => one.reads), writes: most(one => one.writes) },
    throttled: seconds.reduce((sum, one) => sum + one.throttled, 0),
    complete,
  }
}

/** The operations of a bulk request are one request. */
function note(counts: Second[], at: number, { method, operation, status, parent }: Exchange): void {
  if (parent !== undefined) return
  const count = counts[at] ?? { reads: 0, writes: 0, throttled: 0 }
  const isRead = method === 'GET' || method === 'HEAD' || operation === 'search'
  counts[at] = {
    reads: count.reads + (isRead ? 1 : 0),
    writes: count.writes + (isRead ? 0 : 1),
    throttled: count.throttled + (status === 429 ? 1 : 0),
  }
}

/** Bodies are most of the journal, and those of reads are not needed. */
const readsAndWrites = [
  { bodies: 'none', methods: {} },
  { bodies: 'all', methods: { not: true } },
] as const

async function readInteroperability(
  journal: Pick<Journal, 'batches'>,
  { id }: Pick<Cycle, 'id'>,
  profile: Profile | undefined,
  signal: AbortSignal,
): Promise<Interoperability> {
  const verdict = createVerdict(profile?.schema.resourceTypes ?? [])
  for (const { bodies, methods } of readsAndWrites) {
    const search = [
      { key: 'cycle', value: id },
      { key: 'method', value: 'GET', ...methods },
    ] as const
    for await (const exchanges of journal.batches({ search, bodies, signal })) {
      for (const exchange of exchanges) {
        verdict.evaluate(exchange)
        if (sharedSlices.isOver()) await sharedSlices.next(signal)
      }
    }
  }
  return verdict.result()
}

/** Newest rejected requests to read: each is evaluated again. */
const maxRejected = 200

async function readFailureMap(
  { journal, tenants, directory }: Pick<ConsoleDeps, 'journal' | 'tenants' | 'directory'>,
  tenant: string,
  signal: AbortSignal,
): Promise<FailureMap> {
  const evaluator = createEvaluator({ tenants, directory })
  const search = [
    { key: 'tenant', value: tenant },
    { key: 'finding', value: 'aws/' },
  ] as const
  const { items } = await journal.page({ search, limit: maxRejected, signal })
  const counts = new Map<string, Map<string | undefined, number>>()
  for (const exchange of items) {
    const evaluation = await evaluator.aws(exchange)
    for (const [rule, attributes] of attributesByRule(evaluation)) {
      const cells = counts.get(rule) ?? new Map<string | undefined, number>()
      counts.set(rule, cells)
      for (const attribute of attributes) cells.set(attribute, (cells.get(attribute) ?? 0) + 1)
    }
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
  const rows = [...counts].map(([rule, cells]) => ({
    rule,
    cells: [...cells]
      .map(([attribute, count]) => ({ ...(attribute !== undefined && { attribute }), count }))
      .sort((one, other) => other.count - one.count),
  }))
  return { requests: items.length, rows: rows.sort((one, other) => sum(other.cells) - sum(one.cells)) }
}

function attributesByRule(
  evaluation: Evaluation | undefined,
): ReadonlyMap<string, ReadonlySet<string | undefined>> {
  const rules = evaluation?.rules ?? []
  return new Map(
    rules.map(({ id, attributes = [] }) => [
      id,
      new Set(attributes.length === 0 ? [undefined] : attributes.map(({ path }) => path)),
    ]),
  )
}

const sum = (cells: readonly { readonly count: number }[]): number =>
  cells.reduce((total, { count }) => total + count, 0)
