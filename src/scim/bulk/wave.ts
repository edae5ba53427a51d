import type { Step } from './order.ts'

export type Bounds = {
  /** The most steps of a wave. */
  readonly most: number
  /** The POSTs that what runs before them refers to: whether they work is known before anything else is begun. */
  readonly awaited: ReadonlySet<number>
  /** Names the resource of an operation that is about an existing one. */
  readonly subjectOf: (index: number) => string | undefined
}

/**
 * The next steps that can run side by side, in their order: none refers to another of them, and no two are about the
 * same resource.
 */
export function waveFrom(
  steps: readonly Step[],
  from: number,
  { most, awaited, subjectOf }: Bounds,
): readonly Step[] {
  const indexes = new Set<number>()
  const subjects = new Set<string | undefined>()
  const wave: Step[] = []
  for (const step of steps.slice(from, from + most)) {
    const subject = subjectOf(step.index)
    if (step.earlier.some(index => indexes.has(index))) break
    if (subject !== undefined && subjects.has(subject)) break
    indexes.add(step.index)
    subjects.add(subject)
    wave.push(step)
    if (awaited.has(step.index)) break
  }
  return wave
}
