/** What the order of operations depends on. */
export type Ordered = {
  /** The bulkId under which others refer to what the operation creates; undefined unless it is a POST. */
  readonly gives: string | undefined
  /** The bulkIds that it refers to. */
  readonly refersTo: readonly string[]
}

/** When an operation runs. Operations are told by their index in the request. */
export type Step = {
  readonly index: number
  /** What it refers to and what ran before it. */
  readonly earlier: readonly number[]
  /** What it refers to and what runs later, for that refers to it in turn. */
  readonly later: readonly number[]
  /** BulkIds that it refers to and that no POST of the request gives. */
  readonly unknown: readonly string[]
}

/**
 * The order in which the operations of a bulk request run: the given one, except that a POST which an operation
 * refers to is drawn forward before it (RFC 7644 §3.7: the result is that of the given order). In a circle
 * (§3.7.1) the one that would close it runs first; only POSTs can be in a circle, as nothing else is referred to.
 */
export function orderOf(operations: readonly Ordered[]): readonly Step[] {
  const givers = new Map(
    operations.flatMap(({ gives }, index) => (gives === undefined ? [] : [[gives, index]])),
  )
  const steps: Step[] = []
  const state = new Map<number, 'under way' | 'done'>()

  const visit = (index: number): void => {
    if (state.has(index)) return
    state.set(index, 'under way')
    const refersTo = operations[index]?.refersTo ?? []
    const referredTo = refersTo.flatMap(bulkId => givers.get(bulkId) ?? []).filter(other => other !== index)
    for (const other of referredTo) visit(other)
    steps.push({
      index,
      earlier: referredTo.filter(other => state.get(other) === 'done'),
      later: referredTo.filter(other => state.get(other) === 'under way'),
      unknown: refersTo.filter(bulkId => !givers.has(bulkId)),
    })
    state.set(index, 'done')
  }

  for (const index of operations.keys()) visit(index)
  return steps
}
