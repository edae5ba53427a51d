import type { Paging, Profile } from '../profiles/profile.ts'
import type { PageRequest } from '../provider/list.ts'
import { errors, shown } from '../scim/error.ts'
import { type Projection, readProjection } from '../scim/project.ts'
import type { ResourceType } from '../scim/resource-types.ts'

/** Query parameters; RFC 7644 has none that may stand twice. Unknown ones are kept for rules to see. */
export type Parameters = Readonly<Record<string, string>>

export function parametersOf(query: unknown): Parameters {
  return Object.fromEntries(
    Object.entries(query as Record<string, string | string[]>).map(([name, value]) => {
      if (Array.isArray(value))
        throw errors.invalidValue(`The query parameter "${shown(name)}" stands more than once.`)
      if (value.includes('\0'))
        throw errors.invalidValue(`The query parameter "${shown(name)}" holds a NUL character.`)
      return [name, value]
    }),
  )
}

/** Which page the client asks for: by index (RFC 7644 §3.4.2.4), or by cursor (RFC 9865). */
export function readPage(parameters: Parameters, { paging }: Profile): PageRequest {
  const { cursor, startIndex } = parameters
  if (paging.cursor && cursor !== undefined) {
    if (paging.index && startIndex !== undefined) {
      throw errors.invalidValue('"cursor" and "startIndex" are two ways to page. Send one of them.')
    }
    return { by: 'cursor', cursor, count: readCount(parameters.count, paging, errors.invalidCount) }
  }
  const start = paging.index ? readInteger('startIndex', startIndex, errors.invalidValue) : undefined
  const count = readCount(parameters.count, paging, errors.invalidValue) ?? paging.defaultCount
  return { by: 'index', offset: Math.max(1, start ?? 1) - 1, count, total: paging.total === 'matches' }
}

type Refuse = (detail: string) => Error

/** RFC 7644 §3.4.2.4, RFC 9865 §2: what is negative counts as 0. */
function readCount(text: string | undefined, paging: Paging, refuse: Refuse): number | undefined {
  const isPassedOver = paging.unreadableCount === 'default' && text !== undefined && !wholeNumber.test(text)
  const count = readInteger('count', isPassedOver ? undefined : text, refuse)
  return count === undefined ? undefined : Math.min(Math.max(0, count), paging.maxCount)
}

const wholeNumber = /^[+-]?\d{1,15}$/

function readInteger(name: string, text: string | undefined, refuse: Refuse): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!wholeNumber.test(text)) throw refuse(`"${name}" has to be a whole number, not "${shown(text)}".`)
  return Number(text)
}

/** What is to be shown of resources of a type, where the profile lets clients say so. */
export function projectionFor(
  type: ResourceType,
  parameters: Parameters,
  { projection, attributeList }: Profile,
): Projection | undefined {
  if (!projection) return undefined
  const { attributes, excludedAttributes } = parameters
  const read = (list: string | undefined) => list && (attributeList?.(list) ?? list)
  return readProjection(type, read(attributes), read(excludedAttributes))
}
