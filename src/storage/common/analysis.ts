import type { ClientKind } from '../../domain/journal/exchange.ts'
import {
  type AnalysisStore,
  type Cycle,
  clientOfNotes,
  type Finding,
  type FindingGroup,
  maxClients,
  recentCycleCount,
  type SetupStep,
  type SetupStepId,
  type TokenClient,
} from '../../domain/ports/analysis.ts'
import { compact } from '../../scim/json.ts'
import {
  isProduct,
  type Product,
  type RecognizedClient,
  toRecognizedClient,
} from '../../scim/recognition/products.ts'
import {
  type ColumnTypes,
  type Dialect,
  type GivenDialect,
  type NamedStatement,
  type Rows,
  texts,
} from './dialect.ts'
import { countUpTo, toPage } from './list-page.ts'

export type ClearableAnalysis = AnalysisStore & {
  /**
   * Deletes the exchanges that were recorded before this call about a tenant, or all, with everything that the analysis
   * has stored, and starts a new generation. Waits for `ready`; if that rejects, nothing is deleted. Resolves when the
   * changes are on disk; after an error, a part may be deleted.
   */
  readonly clear: (tenant?: string, ready?: Promise<unknown>) => Promise<void>
}

export type AnalysisDialect = GivenDialect &
  Pick<Dialect, 'isListed'> & {
    readonly order: { readonly cycles: 'key' | 'id'; readonly exchanges: 'seq' | 'id' }
    readonly isOfServer: (column: string) => string
    readonly toCursor: (position: string) => string
    /** The position that the page ends before. Throws `CursorError`. */
    readonly parseCursor: (cursor: string | undefined) => string | number
    readonly cycleKey: string
    readonly member: (path: string) => string
    readonly indexed: (text: string) => string
    readonly elements: (list: string, alias: string) => string
    readonly exchangeKey: ColumnTypes
    readonly findingKey: ColumnTypes
    readonly ofExchange: { readonly join: string; readonly order: string }
    readonly pending: string
    /** Ends the waiting of the exchanges `given`; absent if their notes do. */
    readonly endPending?: (given: string) => string
  }

const equals = (text: string, parameter: string, value: unknown) =>
  value === undefined ? `${text} is null` : `${text} = ${parameter}`

const cycleColumns = ({ order }: AnalysisDialect) =>
  `id, tenant, started, last, summary, ${order.cycles} as position`

/** The newest cycle of each client, as `cycleClientKey` distinguishes them, oldest first. */
export function newestCycles(dialect: AnalysisDialect): NamedStatement {
  const { member, isOfServer } = dialect
  const order = dialect.order.cycles
  return {
    text: `select ${cycleColumns(dialect)} from (
        select tenant as owner, max(${order}) as newest from cycles where ${isOfServer(order)}
        group by tenant, ${member('token.id')}, ${member('client')}, ${member('userAgent')},
          ${member('recognized.product')}, coalesce(${member('dialect')}, '') = 'other'
        order by newest desc limit ${maxClients}) newest
      cross join cycles where tenant = owner and ${order} = newest order by ${order}`,
  }
}

export function createAnalysisReader(
  dialect: AnalysisDialect,
  read: (statement: NamedStatement) => Rows | Promise<Rows>,
) {
  const { member, indexed, elements, ofExchange } = dialect
  const order = dialect.order.cycles
  const columns = cycleColumns(dialect)
  const rowsOf = async <Row>(statement: NamedStatement) => (await read(statement)) as readonly Row[]
  const cyclesOf = async (statement: NamedStatement): Promise<readonly Cycle[]> =>
    (await rowsOf<CycleRow>(statement)).map(toCycle)

  return {
    async cycles({ tenant, limit, cursor }) {
      const selected = tenant === undefined ? dialect.isOfServer(order) : 'tenant = @tenant'
      const rows = await rowsOf<CycleRow & { readonly position: string | number }>({
        text: `select ${columns} from cycles where ${selected} and ${order} < @end
          order by ${order} desc limit @limit`,
        params: { ...compact({ tenant }), end: dialect.parseCursor(cursor), limit: limit + 1 },
      })
      const { items, next } = toPage(rows, limit, ({ position }) => position)
      if (next === undefined) return { items: items.map(toCycle) }
      const total = await countUpTo(read, `cycles where ${selected}`, compact({ tenant }))
      return { items: items.map(toCycle), next: dialect.toCursor(next), ...compact({ total }) }
    },

    cycle: async id =>
      (await cyclesOf({ text: `select ${columns} from cycles where id = @id limit 1`, params: { id } }))[0],

    async cycleIdsFrom(beginning, limit) {
      const cycles = await cyclesOf({
        text: `select ${columns} from cycles where id >= @beginning and id < @end order by id limit @limit`,
        params: { beginning, end: `${beginning}~`, limit },
      })
      return cycles.map(({ id }) => id)
    },

    recentCycles({ tenant, token, client, userAgent, recognized }) {
      const product = recognized?.product
      const name = member('userAgent')
      return cyclesOf({
        text: `select ${columns} from cycles where tenant = @tenant and ${member('client')} = @client
          and ${equals(member('token.id'), '@token', token)}
          and ${equals(indexed(name), indexed('@userAgent'), userAgent)} and ${equals(name, '@userAgent', userAgent)}
          and (${member('client')} = 'entra' or ${equals(member('recognized.product'), '@product', product)})
          and ${member('kind')} <> 'on-demand'
          order by ${order} desc limit ${recentCycleCount}`,
        params: { tenant, client, ...compact({ token: token?.id, userAgent, product }) },
      })
    },

    newestCycle: async (tenant, clients, kinds) =>
      (
        await cyclesOf({
          text: `select ${columns} from cycles where tenant = @tenant and ${order} = (
            select max((
              select max(${order}) from cycles
              where tenant = @tenant and ${member('client')} = client.value and ${member('kind')} = kind.value))
            from ${elements('@clients', 'client')}, ${elements('@kinds', 'kind')})`,
          params: { tenant, clients, kinds },
        })
      )[0],

    async setupSteps(tenant) {
      const rows = await rowsOf<SetupStepRow>({
        text: `select step as id, at, tenant_time as "tenantTime", user_agent as "userAgent",
          (select e.id from exchanges e where e.id = setup_steps.exchange limit 1) as exchange
          from setup_steps where tenant = @tenant`,
        params: { tenant },
      })
      return rows.map(toSetupStep)
    },

    async completedSteps(tenants) {
      const rows = await rowsOf<{ readonly tenant: string; readonly step: SetupStepId }>({
        text: `select tenant, step from setup_steps where ${dialect.isListed('tenant', '@tenants')}`,
        params: { tenants },
      })
      const byTenant = Map.groupBy(rows, ({ tenant }) => tenant)
      return new Map([...byTenant].map(([tenant, found]) => [tenant, found.map(({ step }) => step)]))
    },

    async clientsOfTokens(tenant) {
      const rows = await rowsOf<TokenClientRow>({
        text: 'select * from token_clients where tenant = @tenant order by token',
        params: { tenant },
      })
      return rows.map(toTokenClient)
    },

    async tokenClients(tokens) {
      const key = texts('tenant', 'token')
      const rows = await rowsOf<TokenClientRow>({
        text: `select t.* from ${dialect.given(key)} cross join token_clients t
          where t.tenant = given.tenant and t.token = given.token`,
        given: { columns: key, rows: tokens },
      })
      return rows.map(toTokenClient)
    },

    async findingsAbout(exchange) {
      const rows = await rowsOf<FindingRow>({
        text: `select finding as id, subject, detail from exchanges e join findings f on ${ofExchange.join}
          where e.id = @exchange order by ${ofExchange.order}`,
        params: { exchange },
      })
      return rows.map(toFinding)
    },
  } satisfies Partial<AnalysisStore>
}

type CycleSummary = Omit<Cycle, 'id' | 'tenant' | 'started' | 'last'>

export type CycleRow = Pick<Cycle, 'id' | 'tenant' | 'started' | 'last'> & {
  readonly summary: string | CycleSummary
}

export function toCycle({ id, tenant, started, last, summary }: CycleRow): Cycle {
  const { recognized, ...rest }: CycleSummary = typeof summary === 'string' ? JSON.parse(summary) : summary
  return {
    ...{ id, tenant, started, last },
    ...rest,
    ...(recognized && isProduct(recognized.product) && { recognized }),
  }
}

export const toCycleRow = ({
  id,
  tenant,
  started,
  last,
  ...summary
}: Cycle): CycleRow & { readonly summary: CycleSummary } => ({ id, tenant, started, last, summary })

export const maxEvidence = 5

type OptionalSubject = { readonly subject: string | null }

const withoutNull = <Row extends OptionalSubject>({ subject, ...rest }: Row) => ({
  ...rest,
  ...(subject !== null && { subject }),
})

type FindingRow = OptionalSubject & Pick<Finding, 'id' | 'detail'>

const toFinding: (row: FindingRow) => Finding = withoutNull

type Evidence = FindingGroup['evidence'][number]

/** Members of the notes are null if there are none. */
export type EvidenceRow = OptionalSubject &
  Pick<Evidence, 'exchange' | 'at' | 'tenantTime' | 'detail'> & {
    readonly client: ClientKind | null
    readonly product: Product | null
    readonly evidence: RecognizedClient['evidence'] | null
  }

export function toEvidence({ client, product, evidence, ...row }: EvidenceRow): Evidence {
  const recognized = toRecognizedClient(product, evidence)
  return {
    ...withoutNull(row),
    ...compact({ client: clientOfNotes({ client: client ?? 'ad-hoc', ...compact({ recognized }) }) }),
  }
}

type SetupStepRow = {
  readonly id: SetupStepId
  readonly at: number | null
  readonly tenantTime: number
  /** Null if the journal does not have it any more. */
  readonly exchange: string | null
  readonly userAgent: string | null
}

const toSetupStep = ({ id, at, tenantTime, exchange, userAgent }: SetupStepRow): SetupStep => ({
  id,
  tenantTime,
  ...(at !== null && { at }),
  ...(exchange !== null && { exchange }),
  ...(userAgent !== null && { userAgent }),
})

type TokenClientRow = {
  readonly tenant: string
  readonly token: string
  readonly product: Product | null
  readonly evidence: RecognizedClient['evidence'] | null
  readonly candidate: Product | null
  readonly candidate_exchanges: number | null
  readonly named: string | readonly Product[]
}

const toTokenClient = (row: TokenClientRow): TokenClient => {
  const { tenant, token, product, evidence, candidate, candidate_exchanges: exchanges, named } = row
  const names: readonly Product[] = typeof named === 'string' ? JSON.parse(named) : named
  return {
    tenant,
    token,
    ...compact({ recognized: toRecognizedClient(product, evidence) }),
    ...(candidate !== null &&
      isProduct(candidate) &&
      exchanges !== null && { candidate: { product: candidate, exchanges } }),
    named: names.filter(isProduct),
  }
}

export const toTokenClientRow = ({
  tenant,
  token,
  recognized,
  candidate,
  named,
}: TokenClient): TokenClientRow => ({
  tenant,
  token,
  product: recognized?.product ?? null,
  evidence: recognized?.evidence ?? null,
  candidate: candidate?.product ?? null,
  candidate_exchanges: candidate?.exchanges ?? null,
  named: JSON.stringify(named),
})
