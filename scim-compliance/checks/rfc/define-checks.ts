import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import { compact } from '../../scim.ts'
import { normativeSentence } from './normative-sentences.ts'

/** What the checks of a file have in common. */
type AreaDefaults = Pick<Check, 'section' | 'source' | 'needs'> & {
  /** The middle of their ids: `rfc/{area}/{id}`. */
  readonly area: string
}

/** What a check says and does by itself. */
export type CheckDefinition = Omit<Check, 'suite' | 'section' | 'source'> & { readonly source?: string }

/** The checks of a file, with what they have in common put in, and of each MUST the sentence that it rests on. */
export const defineChecks = (
  { area, ...common }: AreaDefaults,
  own: readonly CheckDefinition[],
): readonly Check[] =>
  own.map(one => {
    const sentence =
      one.level === 'MUST' ? normativeSentence(`${area}/${one.id}`, one.requirements) : undefined
    return {
      ...common,
      ...one,
      ...compact({ sentence }),
      suite: 'rfc',
      id: `rfc/${area}/${one.id}`,
      needs: [...(common.needs ?? []), ...(one.needs ?? [])],
    }
  })

type RejectionDefinition = Omit<CheckDefinition, 'run' | 'level'> & {
  /** Unless the requirement is weaker than MUST. */
  readonly level?: Check['level']
  /** The statuses that refuse such a request; 400 unless told. */
  readonly statuses?: readonly number[]
  /** What the answer may name as the reason, any of which is right; left out where others look for the same already. */
  readonly scimTypes?: readonly string[]
  /** Sends what is to be refused. */
  readonly send: (context: CheckContext) => Promise<ScimResponse>
  /** Sends the same without the mistake: where that isn't taken, a refusal says nothing and the check is skipped. */
  readonly control: (context: CheckContext) => Promise<ScimResponse>
}

const requireControl = async (
  { control }: Pick<RejectionDefinition, 'control'>,
  context: CheckContext,
): Promise<void> => {
  const { status } = await control(context)
  if (status < 200 || status >= 300)
    skip(`The same request without the mistake is answered with ${status}, so a refusal would say nothing.`)
}

/**
 * Checks for requests that have to be refused: that each is, and, where scimTypes are given, that the response says why
 * in a way that programs understand. The latter is skipped where the former fails, and both where everything is refused.
 */
export const defineRejectionChecks = (
  common: AreaDefaults,
  own: readonly RejectionDefinition[],
): readonly Check[] =>
  defineChecks(
    common,
    own.flatMap(
      ({
        statuses = [400],
        scimTypes,
        send,
        control,
        level = 'MUST',
        ...one
      }): readonly CheckDefinition[] => [
        {
          ...one,
          level,
          run: async context => {
            await requireControl({ control }, context)
            expectStatus(await send(context), ...statuses)
          },
        },
        ...(scimTypes === undefined ? [] : [scimTypeCheck({ ...one, level, send, control, scimTypes })]),
      ],
    ),
  )

/** That the answer names the reason. */
const scimTypeCheck = ({
  scimTypes,
  send,
  control,
  ...one
}: RejectionDefinition & { readonly scimTypes: readonly string[] }): CheckDefinition => ({
  ...one,
  id: `${one.id}-named`,
  level: 'MAY',
  description: `${one.description.replace(/\.$/, '')}, with scimType ${scimTypes.join(' or ')}.`,
  source: 'RFC 7644 §3.12: “scimType: A SCIM detail error keyword. See Table 9. OPTIONAL.”',
  rationale: 'Clients use scimType to decide how to handle an error. The status alone isn’t specific enough.',
  remedy: `Add "scimType": "${scimTypes[0]}" to the body of the error.`,
  requirements: [...new Set([...(one.requirements ?? []), 'R-018'])],
  run: async context => {
    await requireControl({ control }, context)
    const response = await send(context)
    if (response.status !== 400) skip(`It isn't refused with 400 but answered with ${response.status}.`)
    const { scimType } = jsonObject(response)
    expectThat(
      typeof scimType === 'string' && scimTypes.includes(scimType),
      `scimType ${scimTypes.join(' or ')}`,
      scimType,
      response,
    )
  },
})
