import type { Check, Consequence, Level, Need } from '../../check.ts'
import type { Stage } from '../../stage.ts'

type Given = {
  /** `probe/user-answers-200` */
  readonly id: string
  readonly section: string
  /** Microsoft's own word where it has one; else what its client is seen to rely on. */
  readonly level?: Level
  readonly says: string
  readonly source: string
  readonly matters: string
  readonly mend: string
  readonly needs?: readonly Need[]
  readonly effect: Consequence['effect']
  /** What Entra makes of a failure, in a sentence. */
  readonly leadsTo: string
  readonly run: (stage: Stage) => Promise<void>
}

/** A check of what Entra's provisioning client sends and relies on. */
export const entraCheck = ({ id, level = 'practice', effect, leadsTo, ...told }: Given): Check => ({
  id: `entra/${id}`,
  suite: 'entra',
  level,
  ...told,
  consequence: { client: 'entra', effect, words: leadsTo },
})
