import { isObject, type Json } from '../../scim/json.ts'

/** What CloudTrail shows in place of a personal value (AWS: logging SCIM API calls using CloudTrail). */
export const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/** What to show of a value; undefined: leave the member out. */
export type Reveal = (name: string, value: Json) => Json | undefined

export function revealMembers(value: Json, reveal: Reveal): Json {
  if (Array.isArray(value)) return value.map(item => revealMembers(item, reveal))
  if (!isObject(value)) return typeof value === 'string' ? hidden : value
  // From entries, because a member may be called __proto__.
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const shown = reveal(name, member)
      return shown === undefined ? [] : [[name, shown]]
    }),
  )
}

export function parseBody({
  body,
  cutFrom,
}: {
  readonly body?: string
  readonly cutFrom?: number
}): Json | undefined {
  if (body === undefined || body === '' || cutFrom !== undefined) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
