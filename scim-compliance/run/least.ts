import type { Answer, TypeAtHand } from '../stage.ts'
import type { Run } from './stage.ts'

/** What hardly any client leaves out, and what servers require without saying so in their schemas. */
const customary = /^(name|displayname|emails|active)$/i

/**
 * Where a server refuses the least that its schemas require: what it wants besides, found by trying. Answers the names
 * of those attributes, or none when nothing helped. `attempt` makes one and removes it.
 */
export async function findLeast(
  run: Run,
  type: TypeAtHand,
  attempt: () => Promise<Answer>,
): Promise<readonly string[]> {
  const writable = type.attributes
    .filter(({ mutability, required }) => mutability.toLowerCase() !== 'readonly' && !required)
    .map(({ name }) => name)
  const works = async (names: readonly string[]) => {
    run.needed.set(type.name, names)
    return (await attempt()).status === 201
  }
  for (const names of [writable.filter(name => customary.test(name)), writable]) {
    if (names.length === 0 || !(await works(names))) continue
    let needed = names
    for (const name of names) {
      const fewer = needed.filter(other => other !== name)
      if (await works(fewer)) needed = fewer
    }
    run.needed.set(type.name, needed)
    return needed
  }
  run.needed.delete(type.name)
  return []
}
