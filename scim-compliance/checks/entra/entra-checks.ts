import type { Check, Consequence, Level, Need, Seen } from '../../check.ts'

/** What the checks of a part of the suite have in common. */
type Area = {
  /** The middle of their ids: `entra/{area}/{id}`. */
  readonly area: string
  readonly section: string
  readonly needs?: readonly Need[]
}

/** What a failure leads to, without what all failures of a check have in common. */
export type Foreseen = Pick<Consequence, 'effect' | 'words'>

type Own = Pick<
  Check,
  'id' | 'says' | 'source' | 'matters' | 'mend' | 'run' | 'gradeAtMost' | 'wrongCredentials'
> & {
  /** Microsoft's own word where it has one; else what its client is seen to rely on. */
  readonly level?: Level
  /** Unless they are those of the area. */
  readonly needs?: readonly Need[]
  /** `write`: escrow where the request is rejected, lost data where it is accepted without effect. */
  readonly effect: Consequence['effect'] | 'write'
  /** What Entra makes of a failure, in a sentence. */
  readonly leadsTo: string
  /** Which jobs or directories it concerns; left out for what every job sends. */
  readonly when?: string
  /** Of writes: what follows where the server reports success. */
  readonly accepted?: string
  /** Where the response that shows a failure tells more. Undefined: nothing but `leadsTo`. */
  readonly foresee?: (seen: Seen) => Foreseen | undefined
}

/** Makes checks of what Entra's provisioning client sends and relies on. */
export const entraChecks =
  ({ area, section, needs: usual }: Area) =>
  ({
    id,
    level = 'practice',
    needs = usual,
    effect,
    leadsTo,
    when,
    accepted,
    foresee,
    ...own
  }: Own): Check => {
    const consequence = ({ effect, words }: Foreseen): Consequence => ({
      client: 'entra',
      effect,
      words: when === undefined ? words : `If ${when}: ${words}`,
      ...(when !== undefined && { when }),
    })
    const usually = consequence({ effect: effect === 'write' ? 'escrow' : effect, words: leadsTo })
    const byWrite = (seen: Seen) => (effect === 'write' ? afterWrite(leadsTo, seen, accepted) : undefined)
    return {
      id: `entra/${area}/${id}`,
      suite: 'entra',
      section,
      level,
      ...own,
      ...(needs && { needs }),
      consequence: usually,
      foresee: seen => {
        const foreseen = foresee?.(seen) ?? byWrite(seen)
        return foreseen ? consequence(foreseen) : usually
      },
    }
  }

export const isSuccess = (status: number | undefined): boolean =>
  status !== undefined && status >= 200 && status < 300

/**
 * Entra takes a write for done by its status. A failure that shows in a read comes after a write that was accepted.
 * Undefined where the read itself fails, which tells nothing of the write.
 */
export function afterWrite(
  leadsTo: string,
  { method, status }: Seen,
  accepted = 'The server reports success, so Entra does too, and the value is lost.',
): Foreseen | undefined {
  if (isSuccess(status)) return { effect: 'data-lost', words: `${leadsTo} ${accepted}` }
  if (method === 'GET') return undefined
  const answered = status === undefined ? 'No response comes' : `The server answers ${status}`
  return {
    effect: 'escrow',
    words: `${leadsTo} ${answered}, so the whole request fails, and Entra retries it later (escrow).`,
  }
}
