/** What the order of operations depends on. */
export type OperationDependencies = {
  /** The bulkId under which others refer to what the operation creates; undefined unless it is a POST. */
  readonly provides: string | undefined
  /** The bulkIds that it refers to. */
  readonly references: readonly string[]
}

/** When an operation runs. Operations are told by their index in the request. */
export type BulkStep = {
  readonly index: number
  /** What it refers to and what ran before it. */
  readonly earlier: readonly number[]
  /** What it refers to and what runs later, for that refers to it in turn. */
  readonly later: readonly number[]
  /** BulkIds that it refers to and that no POST of the request gives. */
  readonly unresolved: readonly string[]
}

/**
 * The order in which the operations of a bulk request run: the given one, except that a POST which an operation
 * refers to is drawn forward before it (RFC 7644 §3.7: the result is that of the given order). In a circle
 * (§3.7.1) the one that would close it runs first; only POSTs can be in a circle, as nothing else is referred to.
 */
export function orderOperations(operations: readonly OperationDependencies[]): readonly BulkStep[] {
  const givers = new Map(
    operations.flatMap(({ provides }, index) => (provides === undefined ? [] : [[provides, index]])),
  )
  const steps: BulkStep[] = []
  const state = new Map<number, 'under way' | 'done'>()

  const visit = (index: number): void => {
    if (state.has(index)) return
    state.set(index, 'under way')
    const references = operations[index]?.references ?? []
    const referredTo = references.flatMap(bulkId => givers.get(bulkId) ?? []).filter(other => other !== index)
    for (const other of referredTo) visit(other)
    steps.push({
      index,
      earlier: referredTo.filter(other => state.get(other) === 'done'),
      later: referredTo.filter(other => state.get(other) === 'under way'),
      unresolved: references.filter(bulkId => !givers.has(bulkId)),
    })
    state.set(index, 'done')
  }

  for (const index of operations.keys()) visit(index)
  return steps
}

export type WaveLimits = {
  /** The most steps of a wave. */
  readonly maxSteps: number
  /** The POSTs that what runs before them refers to: whether they work is known before anything else is begun. */
  readonly awaited: ReadonlySet<number>
  /** Names the resource of an operation that is about an existing one. */
  readonly targetOf: (index: number) => string | undefined
}

/**
 * The next steps that can run side by side, in their order: none refers to another of them, and no two are about the
 * same resource.
 */
export function nextWave(
  steps: readonly BulkStep[],
  from: number,
  { maxSteps, awaited, targetOf }: WaveLimits,
): readonly BulkStep[] {
  const indexes = new Set<number>()
  const subjects = new Set<string | undefined>()
  const wave: BulkStep[] = []
  for (const step of steps.slice(from, from + maxSteps)) {
    const subject = targetOf(step.index)
    if (step.earlier.some(index => indexes.has(index))) break
    if (subject !== undefined && subjects.has(subject)) break
    indexes.add(step.index)
    subjects.add(subject)
    wave.push(step)
    if (awaited.has(step.index)) break
  }
  return wave
}
