import type { SessionFacts, SessionItems } from '../../domain/contract/session-file.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { type Cycle, findingOrigin, setupStepIds } from '../../domain/ports/analysis.ts'
import type { SessionRow } from '../../domain/ports/snapshots.ts'
import type { SessionFinding } from '../../domain/tenants/tenant.ts'
import { compact } from '../../scim/json.ts'
import { toCycleRow } from '../../storage/common/analysis.ts'
import { storedColumns, toRowValues } from '../../storage/common/exchange-rows.ts'
import { SessionFileError } from '../session-file.ts'
import type { TableRow } from './directory-rows.ts'
import type { ToId } from './history.ts'

const largestStatus = 999

/** All functions throw `SessionFileError` for what could not be stored. */
export function createJournalRows(tenant: string, toId: ToId) {
  const toOptionalId = (id: string | undefined) => (id === undefined ? undefined : toId(id))
  const requests = new Map<string, Pick<Exchange, 'at' | 'notes'>>()

  return {
    request(item: SessionItems['requests']): readonly TableRow[] {
      const exchange = toExchange(item, tenant, toId)
      const { id, at, notes, status } = exchange
      if (status < 0 || status > largestStatus || requests.has(id)) {
        throw new SessionFileError(
          `The session file is damaged: the request "${item.id}" ${requests.has(id) ? 'occurs twice' : 'has an invalid status'}.`,
        )
      }
      requests.set(id, { at, ...(notes && { notes }) })
      const values = toRowValues(exchange)
      const row = Object.fromEntries(storedColumns.map((column, nth) => [column, values[nth] ?? null]))
      return notes
        ? [
            ['exchanges', row],
            ['exchange_notes', toNotesRow(tenant, id, notes)],
          ]
        : [['exchanges', row]]
    },

    observations({ exchange, findings }: SessionItems['observations']): readonly TableRow[] {
      const id = toId(exchange)
      const request = requests.get(id)
      if (!request) return []
      const origin = findingOrigin(request.notes?.client ?? 'ad-hoc')
      return findings.map(({ id: finding, subject = null, detail }, nth) => [
        'findings',
        { tenant, exchange: id, nth, finding, origin, at: request.at, subject, detail },
      ])
    },

    cycle(item: SessionItems['cycles']): readonly TableRow[] {
      const { running: _running, next: _next, modified, ...rest } = item
      const cycle = compact({
        ...rest,
        id: toId(item.id),
        tenant,
        changed: modified,
        started: Date.parse(item.started),
        tenantStarted: Date.parse(item.tenantStarted),
        last: Date.parse(item.last),
        tenantLast: Date.parse(item.tenantLast),
      }) as Cycle
      const { summary, ...columns } = toCycleRow(cycle)
      return [['cycles', { ...columns, summary: JSON.stringify(summary) }]]
    },

    setup: ({ setup }: SessionFacts): readonly TableRow[] =>
      setup
        .filter(({ id }) => setupStepIds.some(known => known === id))
        .map(({ id: step, at, tenantTime, exchange, userAgent = null }): [TableRow[0], SessionRow] => [
          'setup_steps',
          {
            ...{ tenant, step },
            at: at === undefined ? null : Date.parse(at),
            tenant_time: Date.parse(tenantTime),
            exchange: toOptionalId(exchange) ?? null,
            user_agent: userAgent,
          },
        ]),

    finding: ({
      id,
      origin,
      count,
      subjects,
      first,
      last,
      trend,
      evidence,
      product,
      injected,
    }: SessionItems['findings']): SessionFinding => ({
      ...{ id, origin, count, subjects },
      ...compact({ product, injected }),
      first: Date.parse(first),
      last: Date.parse(last),
      trend: trend.map(point => ({ ...point, cycle: toId(point.cycle), started: Date.parse(point.started) })),
      evidence: evidence.map(({ exchange, at, tenantTime, detail, subject }) => ({
        exchange: toId(exchange),
        at: Date.parse(at),
        detail,
        ...compact({ tenantTime: tenantTime === undefined ? undefined : Date.parse(tenantTime), subject }),
      })),
    }),
  }
}

function toExchange(
  {
    analyzed,
    detail: _detail,
    severity: _severity,
    client = 'ad-hoc',
    recognized,
    dialect,
    cycle,
    findings,
    ...rest
  }: SessionItems['requests'],
  tenant: string,
  toId: ToId,
): Exchange {
  const toOptionalId = (id: string | undefined) => (id === undefined ? undefined : toId(id))
  return compact({
    ...rest,
    id: toId(rest.id),
    tenant,
    parent: toOptionalId(rest.parent),
    replayOf: toOptionalId(rest.replayOf),
    at: Date.parse(rest.at),
    tenantTime: Date.parse(rest.tenantTime),
    target: rest.target && compact(rest.target),
    request: compact(rest.request),
    response: compact(rest.response),
    notes: analyzed
      ? compact({ client, recognized, dialect, cycle: toOptionalId(cycle), findings })
      : undefined,
  }) as Exchange
}

const toNotesRow = (
  tenant: string,
  id: string,
  { cycle, dialect, client, recognized, findings }: NonNullable<Exchange['notes']>,
): SessionRow => ({
  ...{ tenant, id, cycle: cycle ?? null, dialect: dialect ?? null, client },
  product: recognized?.product ?? null,
  evidence: recognized?.evidence ?? null,
  findings: JSON.stringify(findings),
})
