export type OperationDependencies = {
  readonly provides: string | undefined
  readonly references: readonly string[]
}

export type BulkStep = {
  readonly index: number
  readonly earlier: readonly number[]
  readonly later: readonly number[]
  readonly unresolved: readonly string[]
}

/**
 * The order in which the operations of a bulk request run: the given one, except that a referenced POST runs before the
 * operation that refers to it (RFC 7644 §3.7 requires the result of the given order). Of circular references (§3.7.1), the
 * operation that would close the circle runs first. Only POSTs can be part of a circle, because nothing refers to others.
 */
export function orderOperations(operations: readonly OperationDependencies[]): readonly BulkStep[] {
  const providers = new Map(
    operations.flatMap(({ provides }, index) => (provides === undefined ? [] : [[provides, index]])),
  )
  const steps: BulkStep[] = []
  const state = new Map<number, 'in progress' | 'done'>()

  const visit = (index: number): void => {
    if (state.has(index)) return
    state.set(index, 'in progress')
    const references = operations[index]?.references ?? []
    const referenced = references
      .flatMap(bulkId => providers.get(bulkId) ?? [])
      .filter(other => other !== index)
    for (const other of referenced) visit(other)
    steps.push({
      index,
      earlier: referenced.filter(other => state.get(other) === 'done'),
      later: referenced.filter(other => state.get(other) === 'in progress'),
      unresolved: references.filter(bulkId => !providers.has(bulkId)),
    })
    state.set(index, 'done')
  }

  for (const index of operations.keys()) visit(index)
  return steps
}

type WaveLimits = {
  readonly maxSteps: number
  /** POSTs that earlier steps refer to. A wave ends with such a POST, so that later steps start only if it succeeded. */
  readonly awaited: ReadonlySet<number>
  readonly targetOf: (index: number) => string | undefined
}

/** None of the steps refers to another of them, and no two are for the same resource. */
export function nextWave(
  steps: readonly BulkStep[],
  from: number,
  { maxSteps, awaited, targetOf }: WaveLimits,
): readonly BulkStep[] {
  const indexes = new Set<number>()
  const targets = new Set<string | undefined>()
  const wave: BulkStep[] = []
  for (const step of steps.slice(from, from + maxSteps)) {
    const target = targetOf(step.index)
    if (step.earlier.some(index => indexes.has(index))) break
    if (target !== undefined && targets.has(target)) break
    indexes.add(step.index)
    targets.add(target)
    wave.push(step)
    if (awaited.has(step.index)) break
  }
  return wave
}
