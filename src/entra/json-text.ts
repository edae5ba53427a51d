import type { Json } from '../scim/json.ts'

export function jsonOrNothing(text: string): Json | undefined {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
