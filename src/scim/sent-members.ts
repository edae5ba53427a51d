import { isObject, type Json } from './json.ts'

/** Members of a group that a client lists. */
export type SentMembers = {
  /** Their IDs. */
  readonly members: readonly string[]
  /** The `display` of those that have one, by ID; the first one if a member is listed twice. Absent if none has. */
  readonly displays?: ReadonlyMap<string, string>
}

/** The members in the value of `members`, after it was read. */
export function toSentMembers(elements: readonly Json[]): SentMembers {
  const members: string[] = []
  let displays: Map<string, string> | undefined
  for (const element of elements) {
    const id = String(isObject(element) ? element.value : element)
    members.push(id)
    if (!isObject(element) || typeof element.display !== 'string' || element.display === '') continue
    displays ??= new Map()
    if (!displays.has(id)) displays.set(id, element.display)
  }
  return { members, ...(displays && { displays }) }
}
