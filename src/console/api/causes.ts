import { z } from 'zod'
import type { Exchange } from '../../journal/exchange.ts'
import type { Journal } from '../../journal/journal.ts'

export const causeSchema = z
  .object({
    action: z.string().meta({ description: 'What the client did, in plain words.', example: 'disable user' }),
    token: z.string().optional().meta({
      description: 'The ending of the token it used; absent where the token is too short to show one.',
      example: 'x7Q=',
    }),
    replay: z.literal(true).optional().meta({ description: 'The console had sent the request again.' }),
  })
  .meta({ id: 'Cause', description: 'What caused a change, as long as the journal knows its exchange.' })

export type Cause = z.output<typeof causeSchema>

/** The causes of changes that are still in the journal, by the ids of their exchanges. */
export async function causesOf(
  journal: Journal,
  changes: readonly { readonly exchange?: string }[],
): Promise<ReadonlyMap<string, Cause>> {
  const ids = new Set(changes.flatMap(({ exchange }) => exchange ?? []))
  const found = await Promise.all([...ids].map(id => journal.find(id)))
  return new Map(found.flatMap(exchange => (exchange ? [[exchange.id, causeOf(exchange)] as const] : [])))
}

const causeOf = ({ action, token, replayOf }: Exchange): Cause => ({
  action,
  ...(token && token.ending !== '' && { token: token.ending }),
  ...(replayOf !== undefined && { replay: true as const }),
})
