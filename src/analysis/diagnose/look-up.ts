import type { Exchange } from '../../journal/exchange.ts'
import type { JsonObject } from '../../scim/json.ts'

/** A list that was asked for by the value of one attribute: `userName eq "marge"`. */
export type LookUp = {
  /** As the client wrote it. */
  readonly attribute: string
  readonly value: string
  /** Absent when the answer wasn't a list. */
  readonly found?: number
}

const comparison = /^(.+?)\s+eq\s+("(?:[^"\\]|\\.)*"|[^\s"]+)$/i

/** Undefined when the exchange is no such look-up. */
export function lookUpIn(exchange: Exchange, answer: JsonObject | undefined): LookUp | undefined {
  if (exchange.method !== 'GET' || exchange.target?.id !== undefined) return undefined
  const [, attribute, value] = comparison.exec(filterIn(exchange.url)) ?? []
  if (attribute === undefined || value === undefined || /[()]|\s(and|or)\s/i.test(attribute)) return undefined
  const found = exchange.status === 200 ? answer?.totalResults : undefined
  return { attribute, value: unquoted(value), ...(typeof found === 'number' && { found }) }
}

const filterIn = (url: string): string => {
  const at = url.indexOf('?')
  return at < 0 ? '' : (new URLSearchParams(url.slice(at + 1)).get('filter') ?? '').trim()
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value
  try {
    return String(JSON.parse(value))
  } catch {
    return value.slice(1, -1)
  }
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What Entra ID's objectIds look like. */
export const isGuid = (text: string): boolean => guid.test(text)
