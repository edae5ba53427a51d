import type { Check } from '../../check.ts'
import { expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import type { Answer, Stage } from '../../stage.ts'
import { sentenceOf } from './sentences/index.ts'

/** What the checks of a file have in common. */
type Common = Pick<Check, 'section' | 'source' | 'needs'> & {
  /** The middle of their ids: `rfc/{area}/{id}`. */
  readonly area: string
}

/** What a check says and does by itself. */
export type Own = Omit<Check, 'suite' | 'section' | 'source'> & { readonly source?: string }

/** The checks of a file, with what they have in common put in, and of each MUST the sentence that it rests on. */
export const checksOf = ({ area, ...common }: Common, own: readonly Own[]): readonly Check[] =>
  own.map(one => {
    const sentence = one.level === 'MUST' ? sentenceOf(`${area}/${one.id}`, one.requirements) : undefined
    return {
      ...common,
      ...one,
      ...(sentence && { sentence }),
      suite: 'rfc',
      id: `rfc/${area}/${one.id}`,
      needs: [...(common.needs ?? []), ...(one.needs ?? [])],
    }
  })

type Refusal = Omit<Own, 'run' | 'level'> & {
  /** Unless the requirement is weaker than MUST. */
  readonly level?: Check['level']
  /** The statuses that refuse such a request; 400 unless told. */
  readonly statuses?: readonly number[]
  /** What the answer may name as the reason, any of which is right; left out where others look for the same already. */
  readonly scimTypes?: readonly string[]
  /** Sends what is to be refused. */
  readonly send: (stage: Stage) => Promise<Answer>
  /** Sends the same without the mistake: where that isn't taken, a refusal says nothing and the check is skipped. */
  readonly control: (stage: Stage) => Promise<Answer>
}

const needControl = async ({ control }: Pick<Refusal, 'control'>, stage: Stage): Promise<void> => {
  const { status } = await control(stage)
  if (status < 200 || status >= 300)
    skip(`The same request without the mistake is answered with ${status}, so a refusal would say nothing.`)
}

/**
 * Checks for requests that have to be refused: that each is, and, where scimTypes are given, that the response says why
 * in a way that programs understand. The latter is skipped where the former fails, and both where everything is refused.
 */
export const refusalsOf = (common: Common, own: readonly Refusal[]): readonly Check[] =>
  checksOf(
    common,
    own.flatMap(({ statuses = [400], scimTypes, send, control, level = 'MUST', ...one }): readonly Own[] => [
      {
        ...one,
        level,
        run: async stage => {
          await needControl({ control }, stage)
          expectStatus(await send(stage), ...statuses)
        },
      },
      ...(scimTypes === undefined ? [] : [named({ ...one, level, send, control, scimTypes })]),
    ]),
  )

/** That the answer names the reason. */
const named = ({
  scimTypes,
  send,
  control,
  ...one
}: Refusal & { readonly scimTypes: readonly string[] }): Own => ({
  ...one,
  id: `${one.id}-named`,
  level: 'MAY',
  says: `${one.says.replace(/\.$/, '')}, with scimType ${scimTypes.join(' or ')}.`,
  source: 'RFC 7644 §3.12: “scimType: A SCIM detail error keyword. See Table 9. OPTIONAL.”',
  matters: 'Clients decide by scimType what to do about a refusal; the status alone leaves them guessing.',
  mend: `Put "scimType": "${scimTypes[0]}" into the error's body.`,
  requirements: [...new Set([...(one.requirements ?? []), 'R-018'])],
  run: async stage => {
    await needControl({ control }, stage)
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
})
