import type { Step } from './order.ts'

/**
 * The next steps that can run side by side, in their order: none refers to another of them, and no two are about the
 * same resource. `subjectOf` names the resource of an operation that is about an existing one.
 */
export function waveFrom(
  steps: readonly Step[],
  from: number,
  most: number,
  subjectOf: (index: number) => string | undefined,
): readonly Step[] {
  const indexes = new Set<number>()
  const subjects = new Set<string>()
  const wave: Step[] = []
  for (let at = from; at < steps.length && wave.length < most; at++) {
    const step = steps[at]
    const subject = step && subjectOf(step.index)
    if (!step || step.earlier.some(index => indexes.has(index))) break
    if (subject !== undefined && subjects.has(subject)) break
    indexes.add(step.index)
    if (subject !== undefined) subjects.add(subject)
    wave.push(step)
  }
  return wave
}
