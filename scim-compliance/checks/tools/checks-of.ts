import type { Check } from '../../check.ts'
import { expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import type { Answer, Stage } from '../../stage.ts'

/** What the checks of a file have in common. */
type Common = Pick<Check, 'section' | 'source' | 'needs'> & {
  /** The middle of their ids: `rfc/{area}/{id}`. */
  readonly area: string
}

type Own = Omit<Check, 'suite' | 'section' | 'source'> & { readonly source?: string }

/** The checks of a file, with what they have in common put in. */
export const checksOf = ({ area, ...common }: Common, own: readonly Own[]): readonly Check[] =>
  own.map(one => ({
    ...common,
    ...one,
    suite: 'rfc',
    id: `rfc/${area}/${one.id}`,
    needs: [...(common.needs ?? []), ...(one.needs ?? [])],
  }))

type Refusal = Omit<Own, 'run' | 'level'> & {
  /** Unless the requirement is weaker than MUST. */
  readonly level?: Check['level']
  /** The statuses that refuse such a request; 400 unless told. */
  readonly statuses?: readonly number[]
  /** What the answer may name as the reason; any of them is right. */
  readonly scimTypes: readonly string[]
  /** Sends what is to be refused. */
  readonly send: (stage: Stage) => Promise<Answer>
}

/**
 * Two checks for a request that has to be refused: that it is, and that the answer says why in a way that programs
 * understand. The second is skipped where the first fails.
 */
export const refusalsOf = (common: Common, own: readonly Refusal[]): readonly Check[] =>
  checksOf(
    common,
    own.flatMap(({ statuses = [400], scimTypes, send, level = 'MUST', ...one }) => [
      { ...one, level, run: async stage => expectStatus(await send(stage), ...statuses) },
      {
        ...one,
        id: `${one.id}-named`,
        level: 'SHOULD',
        says: `${one.says.replace(/\.$/, '')}, with scimType ${scimTypes.join(' or ')}.`,
        matters:
          'Clients decide by scimType what to do about a refusal; the status alone leaves them guessing.',
        mend: `Put "scimType": "${scimTypes[0]}" into the error's body (RFC 7644 §3.12, table 9).`,
        requirements: [...new Set([...(one.requirements ?? []), 'R-018'])],
        run: async stage => {
          const answer = await send(stage)
          if (answer.status !== 400) skip(`It isn't refused with 400 but answered with ${answer.status}.`)
          const { scimType } = objectIn(answer)
          expectThat(
            typeof scimType === 'string' && scimTypes.includes(scimType),
            `scimType ${scimTypes.join(' or ')}`,
            scimType,
            answer,
          )
        },
      },
    ]),
  )
