import type { Answer, AttributeAtHand, TypeAtHand } from '../stage.ts'
import { isSuccess } from './refused.ts'
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
  const works = async (names: readonly string[]) => {
    run.needed.set(type.name, names)
    return isSuccess(await attempt())
  }
  for (const names of guesses(type)) {
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

/** What may be missing, the likeliest first. */
function guesses({ attributes, extensions }: TypeAtHand): readonly (readonly string[])[] {
  const own = attributes.filter(isOptional).map(({ name }) => name)
  const extended = extensions.flatMap(({ schema, attributes }) =>
    attributes.filter(isOptional).map(({ name }) => `${schema}:${name}`),
  )
  const usual = own.filter(name => customary.test(name))
  const all = extended.length > 0 ? [...own, ...extended] : []
  return [usual, own, extended, all]
}

const isOptional = ({ mutability, required }: AttributeAtHand): boolean =>
  mutability.toLowerCase() !== 'readonly' && !required
