import type { Check, Consequence, Level, Need } from '../../check.ts'

/** What the checks of a part of the suite have in common. */
type Area = {
  /** The middle of their ids: `entra/{area}/{id}`. */
  readonly area: string
  readonly section: string
  readonly needs?: readonly Need[]
}

type Own = Pick<Check, 'id' | 'says' | 'source' | 'matters' | 'mend' | 'run' | 'wrongCredentials'> & {
  /** Microsoft's own word where it has one; else what its client is seen to rely on. */
  readonly level?: Level
  /** Unless they are those of the area. */
  readonly needs?: readonly Need[]
  readonly effect: Consequence['effect']
  /** What Entra makes of a failure, in a sentence. */
  readonly leadsTo: string
}

/** Makes checks of what Entra's provisioning client sends and relies on. */
export const entraChecks =
  ({ area, section, needs: usual }: Area) =>
  ({ id, level = 'practice', needs = usual, effect, leadsTo, ...told }: Own): Check => ({
    id: `entra/${area}/${id}`,
    suite: 'entra',
    section,
    level,
    ...told,
    ...(needs && { needs }),
    consequence: { client: 'entra', effect, words: leadsTo },
  })
