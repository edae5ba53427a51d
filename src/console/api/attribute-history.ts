import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import type { DocumentChange } from '../../provider/directory.ts'
import { differencesBetween } from '../../scim/differences.ts'
import { resourceOf } from '../../scim/prepare.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { exchangeId } from './identity-view.ts'
import { instant, instantOf } from './shapes.ts'

/** So many versions are looked at; one has rarely more than a few dozen. */
export const versionsLookedAt = 1000

const valueSchema = z.object({
  at: instant("Since when, by the tenant's clock."),
  version: z.int().meta({ example: 2 }),
  value: z.unknown().optional().meta({ description: 'Absent when the attribute was taken away.' }),
  exchange: exchangeId,
})

export const attributeHistorySchema = z
  .object({
    items: z.array(
      z.object({
        path: z.string().meta({ description: 'As PATCH would name it.', example: 'name.givenName' }),
        values: z.array(valueSchema).meta({ description: 'The values it had, newest first.' }),
      }),
    ),
  })
  .meta({ id: 'AttributeHistory', description: 'What became of each attribute of a resource.' })

type AttributeHistory = z.output<typeof attributeHistorySchema>
type Value = AttributeHistory['items'][number]['values'][number]

/** What became of each attribute, out of the versions that changed the document, newest first. */
export async function attributeHistoryOf(
  type: ResourceType,
  changes: readonly DocumentChange[],
): Promise<AttributeHistory> {
  const values = new Map<string, Value[]>()
  for (const [at, change] of changes.toReversed().entries()) {
    // Of what came before those that are looked at, the oldest of these tells what was left.
    const before = at === 0 ? undefined : change.before
    for (const { path, after } of differencesBetween(type, stateIn(before), stateIn(change.document))) {
      const known = values.get(path) ?? []
      known.unshift(valueBy(change, after))
      values.set(path, known)
    }
    // Two large documents take some milliseconds, in which nobody else is served.
    await nextTurn()
  }
  return { items: [...values].map(([path, values]) => ({ path, values })) }
}

const stateIn = (document: string | undefined) =>
  document === undefined ? undefined : resourceOf({ document })

const valueBy = ({ at, version, exchange }: DocumentChange, value: unknown): Value => ({
  at: instantOf(at),
  version,
  ...(value !== undefined && { value }),
  ...(exchange !== undefined && { exchange }),
})
