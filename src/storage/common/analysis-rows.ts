import type { ClientKind } from '../../domain/journal/exchange.ts'
import {
  type Cycle,
  clientOfNotes,
  type Finding,
  type FindingGroup,
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

export type FindingRow = OptionalSubject & Pick<Finding, 'id' | 'detail'>

export const toFinding: (row: FindingRow) => Finding = withoutNull

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

export type SetupStepRow = {
  readonly id: SetupStepId
  readonly at: number | null
  readonly tenantTime: number
  /** Null if the journal does not have it any more. */
  readonly exchange: string | null
  readonly userAgent: string | null
}

export const toSetupStep = ({ id, at, tenantTime, exchange, userAgent }: SetupStepRow): SetupStep => ({
  id,
  tenantTime,
  ...(at !== null && { at }),
  ...(exchange !== null && { exchange }),
  ...(userAgent !== null && { userAgent }),
})

export type TokenClientRow = {
  readonly tenant: string
  readonly token: string
  readonly product: Product | null
  readonly evidence: RecognizedClient['evidence'] | null
  readonly candidate: Product | null
  readonly candidate_exchanges: number | null
  readonly named: string | readonly Product[]
}

export const toTokenClient = (row: TokenClientRow): TokenClient => {
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
