import type { FailureMap } from '../../domain/contract/findings.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { createEvaluator, type Evaluation } from '../../insight/analysis/evaluation/evaluate.ts'
import type { ConsoleDeps } from '../deps.ts'

/** Newest rejected requests to read: each is evaluated again. */
const maxRead = 200

export async function readFailureMap(
  { journal, tenants, directory }: Pick<ConsoleDeps, 'journal' | 'tenants' | 'directory'>,
  tenant: string,
  signal: AbortSignal,
): Promise<FailureMap> {
  const evaluator = createEvaluator({ tenants, directory })
  const search = [
    { key: 'tenant', value: tenant },
    { key: 'finding', value: 'aws/' },
  ] as const
  const { items } = await journal.page({ search, limit: maxRead, signal })
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
