import type { Check } from '../check.ts'
import { isObject, type Json } from '../json.ts'
import type { Answer } from '../stage.ts'

/** These look at the ids of what is created, as they come. */
const aboutIds = new Set(['rfc/common/id-given', 'entra/create/answers-the-id'])

export const isAboutIds = ({ id }: Pick<Check, 'id'>): boolean => aboutIds.has(id)

/**
 * Ids that are numbers, as the texts by which they stand in addresses. RFC 7643 §3.1 has them as texts, which the checks
 * about ids tell; all others go by what the server meant.
 */
export const withTextIds = (answer: Answer, check: Pick<Check, 'id'> | undefined): Answer =>
  answer.body === undefined || (check && isAboutIds(check)) || !/"(id|value)"\s*:\s*\d/i.test(answer.text)
    ? answer
    : { ...answer, body: read(answer.body) }

function read(value: Json): Json {
  if (Array.isArray(value)) return value.map(read)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, readAt(name.toLowerCase(), one)] as const),
  )
}

function readAt(name: string, value: Json): Json {
  if (name === 'id' && typeof value === 'number') return String(value)
  return name === 'members' || name === 'groups' ? withTextValues(value) : read(value)
}

const withTextValues = (members: Json): Json =>
  Array.isArray(members)
    ? members.map(one =>
        isObject(one) && typeof one.value === 'number' ? { ...one, value: String(one.value) } : one,
      )
    : members
