import { toIsoTime } from '../../domain/contract/operation.ts'
import type { SessionBlock, SessionItems, SessionResource } from '../../domain/contract/session-file.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { compact } from '../../scim/json.ts'

type Change = SessionResource['history'][number]

export type OriginalItems = {
  readonly [Name in Exclude<SessionBlock, 'resources'>]: (item: SessionItems[Name]) => SessionItems[Name]
} & {
  readonly resource: (resource: SessionResource['resource']) => SessionResource['resource']
  readonly change: (change: Change) => Change
}

export function originalItems({ session }: Tenant): OriginalItems {
  if (!session) return unchanged
  const { tenant, prefix } = session
  const original = (id: string) => (id.startsWith(prefix) ? id.slice(prefix.length) : id)
  const optional = (id: string | undefined) => (id === undefined ? undefined : original(id))
  return {
    session: facts => ({
      ...facts,
      tenant,
      exported: toIsoTime(session.exported),
      tenantTime: toIsoTime(session.tenantTime),
      version: session.version,
      ...compact({ q: [session.q, facts.q].filter(Boolean).join(' ') || undefined }),
      setup: facts.setup.map(step => ({ ...step, ...compact({ exchange: optional(step.exchange) }) })),
    }),
    requests: request => ({
      ...request,
      id: original(request.id),
      ...(request.tenant !== undefined && { tenant }),
      ...compact({
        parent: optional(request.parent),
        replayOf: optional(request.replayOf),
        cycle: optional(request.cycle),
      }),
    }),
    cycles: cycle => ({ ...cycle, id: original(cycle.id), tenant }),
    findings: group => ({
      ...group,
      tenant,
      trend: group.trend.map(point => ({ ...point, cycle: original(point.cycle) })),
      evidence: group.evidence.map(one => ({ ...one, exchange: original(one.exchange) })),
    }),
    observations: ({ exchange, findings }) => ({ exchange: original(exchange), findings }),
    resource: resource => ({
      ...resource,
      ...(resource.origin && {
        origin: { ...resource.origin, exchange: original(resource.origin.exchange) },
      }),
      ...(resource.deleted && {
        deleted: { ...resource.deleted, ...compact({ exchange: optional(resource.deleted.exchange) }) },
      }),
    }),
    change: change => ({ ...change, ...compact({ exchange: optional(change.exchange) }) }),
  }
}

const same = <Item>(item: Item): Item => item

const unchanged: OriginalItems = {
  session: same,
  requests: same,
  cycles: same,
  findings: same,
  observations: same,
  resource: same,
  change: same,
}
