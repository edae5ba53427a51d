import {
  type AnalyzedBatch,
  type AnalyzedExchange,
  type Cycle,
  findingOrigin,
  type SavedBatch,
  type TenantStep,
  type TokenClient,
} from '../../../domain/ports/analysis.ts'
import type { JournalPosition } from '../../../domain/ports/journal.ts'
import { type AnalysisDialect, toCycleRow, toTokenClientRow } from '../analysis.ts'
import {
  type ColumnTypes,
  type GivenRows,
  insertRows,
  type NamedStatement,
  type Rows,
  texts,
} from '../dialect.ts'
import { noteColumns } from '../exchange-rows.ts'

export type BatchRows = {
  readonly items: readonly ItemRows[]
  readonly cycles: readonly Cycle[]
  readonly tokenClients: readonly TokenClient[]
  readonly steps: readonly TenantStep[]
}

type ItemRows = Pick<AnalyzedExchange, 'findings' | 'steps'> &
  Pick<AnalyzedExchange['exchange'], 'id' | 'at' | 'notes'> & {
    readonly seq: JournalPosition
    readonly tenant: string | undefined
  }

export type SavedRows = {
  readonly items: readonly number[]
  readonly newFindings: readonly { readonly item: number; readonly nth: number }[]
  readonly newSteps: readonly TenantStep[]
}

export const toBatchRows = ({ items, cycles, tokenClients, steps }: AnalyzedBatch): BatchRows => ({
  items: items.map(({ position: seq, exchange: { id, tenant, at, notes }, findings, steps }) => ({
    ...{ seq, id, tenant, at, notes, findings, steps },
  })),
  cycles,
  tokenClients,
  steps,
})

export const toSavedBatch = (
  batch: AnalyzedBatch,
  { items, newFindings, newSteps }: SavedRows,
): SavedBatch => ({
  items: items.flatMap(at => batch.items[at] ?? []),
  newFindings: newFindings.flatMap(({ item: at, nth }) => {
    const item = batch.items[at]
    const finding = item?.findings[nth]
    return item && finding ? [{ exchange: item.exchange, finding }] : []
  }),
  newSteps,
})

const findingKind = texts('tenant', 'finding', 'origin')
const findingColumns: ColumnTypes = { ...findingKind, at: 'bigint', ...texts('subject', 'detail') }
const noteTypes: ColumnTypes = { ...texts(...noteColumns), findings: 'jsonb' }
const cycleColumns: ColumnTypes = {
  ...texts('id', 'tenant'),
  ...{ started: 'bigint', last: 'bigint', summary: 'jsonb' },
}
const tokenColumns: ColumnTypes = {
  ...texts('product', 'evidence', 'candidate'),
  ...{ candidate_exchanges: 'integer', named: 'jsonb' },
}
const stepColumns: ColumnTypes = {
  ...texts('tenant', 'step', 'exchange', 'user_agent'),
  ...{ at: 'bigint', tenant_time: 'bigint' },
}

/** Requests that name no tenant have no findings. */
const toFindingRows = ({ seq, id, tenant, at, notes, findings }: ItemRows, item: number) =>
  tenant === undefined
    ? []
    : findings.map(({ id: finding, subject = null, detail }, nth) => ({
        ...{ item, nth, seq, exchange: id, tenant, finding, at, subject, detail },
        origin: findingOrigin(notes.client),
      }))

function toNotesRow({ seq, id, tenant = '', notes }: ItemRows) {
  const { cycle = null, dialect = null, client, recognized, findings } = notes
  const { product = null, evidence = null } = recognized ?? {}
  return { seq, tenant, id, cycle, dialect, client, product, evidence, findings: JSON.stringify(findings) }
}

function toStepRow({ tenant, step }: TenantStep) {
  const { id, at = null, tenantTime, exchange = null, userAgent = null } = step
  return { tenant, step: id, at, tenant_time: tenantTime, exchange, user_agent: userAgent }
}

type FindingKind = { readonly tenant: string; readonly finding: string; readonly origin: string }
const kindOf = ({ tenant, finding, origin }: FindingKind) => `${tenant} ${origin} ${finding}`

const stepKey = (tenant: string, step: string) => `${tenant} ${step}`

const firstOf = <Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] =>
  [...Map.groupBy(items, keyOf).values()].flatMap(([first]) => first ?? [])

const replacing = (columns: readonly string[]) =>
  `do update set ${columns.map(column => `${column} = excluded.${column}`).join(', ')}`

export function* saveBatch(
  dialect: AnalysisDialect,
  batch: BatchRows,
): Generator<readonly NamedStatement[], SavedRows, readonly Rows[]> {
  const { given, exchangeKey } = dialect
  const insert = (table: string, columns: ColumnTypes, rows: GivenRows, onConflict?: string) =>
    insertRows(dialect, table, columns, rows, onConflict)

  const itemKey: ColumnTypes = { item: 'integer', ...exchangeKey }
  const keys = batch.items.map(({ seq, tenant = '', id }, item) => ({ item, seq, tenant, id }))
  const candidates = batch.items.flatMap(toFindingRows)
  const [pendingRows = [], knownRows = []] = yield [
    {
      text: `select given.item from ${given(itemKey)} ${dialect.pending}`,
      given: { columns: itemKey, rows: keys },
    },
    {
      text: `select tenant, finding, origin from ${given(findingKind)} where exists (
        select 1 from findings f
        where f.tenant = given.tenant and f.finding = given.finding and f.origin = given.origin)`,
      given: { columns: findingKind, rows: candidates },
    },
  ]

  const stored = new Set((pendingRows as readonly { readonly item: number }[]).map(({ item }) => item))
  const items = batch.items.filter((_, item) => stored.has(item))
  const findings = candidates.filter(({ item }) => stored.has(item))
  const stepsOfItems = items.flatMap(({ tenant, steps }) =>
    tenant === undefined ? [] : steps.map(step => ({ tenant, step })),
  )
  const steps = firstOf([...stepsOfItems, ...batch.steps], ({ tenant, step }) => stepKey(tenant, step.id))
  const notes = items.map(toNotesRow)
  const { endPending } = dialect
  const [stepRows = []] = yield [
    insert('setup_steps', stepColumns, steps.map(toStepRow), 'on conflict do nothing returning tenant, step'),
    insert('exchange_notes', { ...exchangeKey, ...noteTypes }, notes),
    ...(endPending
      ? [{ text: endPending(given(exchangeKey)), given: { columns: exchangeKey, rows: notes } }]
      : []),
    insert('findings', { ...dialect.findingKey, ...findingColumns }, findings),
    insert(
      'cycles',
      cycleColumns,
      batch.cycles.map(toCycleRow).map(row => ({ ...row, summary: JSON.stringify(row.summary) })),
      `on conflict (${dialect.cycleKey}) ${replacing(['started', 'last', 'summary'])}`,
    ),
    insert(
      'token_clients',
      { ...texts('tenant', 'token'), ...tokenColumns },
      batch.tokenClients.map(toTokenClientRow),
      `on conflict (tenant, token) ${replacing(Object.keys(tokenColumns))}`,
    ),
  ]

  const known = new Set((knownRows as readonly FindingKind[]).map(kindOf))
  const newSteps = new Set(
    (stepRows as readonly { readonly tenant: string; readonly step: string }[]).map(({ tenant, step }) =>
      stepKey(tenant, step),
    ),
  )
  return {
    items: [...batch.items.keys()].filter(item => stored.has(item)),
    newFindings: firstOf(findings, kindOf)
      .filter(row => !known.has(kindOf(row)))
      .map(({ item, nth }) => ({ item, nth })),
    newSteps: steps.filter(({ tenant, step }) => newSteps.has(stepKey(tenant, step.id))),
  }
}

export const setupTables = ['setup_steps', 'token_clients'] as const
export const tenantTables = ['cycles', ...setupTables] as const

export const deletions = (tables: readonly string[], tenant: string): readonly NamedStatement[] =>
  tables.map(table => ({ text: `delete from ${table} where tenant = @tenant`, params: { tenant } }))

/** Returns a row for each deleted cycle. Exchanges are deleted in their order, so cycles before the oldest one have none. */
export function deleteOldCycles({ order, isOfServer }: AnalysisDialect): NamedStatement {
  const exchanges = `exchanges where ${isOfServer(order.exchanges)}`
  return {
    text: `delete from cycles where ${isOfServer(order.cycles)} and (
        not exists (select 1 from ${exchanges})
        or last < (select at from ${exchanges} order by ${order.exchanges} limit 1))
      returning 1`,
  }
}
