import { isObject, type Json } from '../../scim/json.ts'
import type { MistakeList } from '../mapping-fields.ts'
import type { ExpectedRequest, RequestPattern } from './scenario.ts'

/** `PATCH /Users/*`. */
export function readRequestPattern(
  given: unknown,
  place: string,
  mistakes: MistakeList,
): RequestPattern | undefined {
  const found =
    typeof given === 'string' ? /^(GET|POST|PATCH|DELETE) (\/\S*(?:\{\{[^}]*\}\}\S*)*)$/.exec(given) : null
  if (found) return { method: found[1] as string, path: found[2] as string }
  mistakes.add(place, 'has to be a method and a path below the tenant URL, such as "PATCH /Users/*".')
  return undefined
}

/** `"probes"`, `"GET /Users/…"`, or `{"send": "PATCH /Users/…", "operations": […], "withFlag": […]}`. */
export function readExpectedRequest(
  given: unknown,
  place: string,
  mistakes: MistakeList,
): ExpectedRequest | undefined {
  if (given === 'probes') return { kind: 'probes' }
  if (!isObject(given)) {
    const pattern = readRequestPattern(given, place, mistakes)
    return pattern && { kind: 'request', pattern }
  }
  const fields = mistakes.fieldsOf(given, place, ['send', 'body', 'operations', 'withFlag']) ?? {}
  const pattern = readRequestPattern(fields.send, `${place}.send`, mistakes)
  const body = fields.body as Json | undefined
  const operations = fields.operations as Json | undefined
  const withFlag = fields.withFlag as Json | undefined
  if (operations === undefined && withFlag !== undefined)
    mistakes.add(`${place}.withFlag`, 'says what operations are like with the flag: say the others, too.')
  return (
    pattern && {
      kind: 'request',
      pattern,
      ...(body !== undefined && { body }),
      ...(operations !== undefined && {
        operations: { default: operations, aadOptscim062020: withFlag ?? operations },
      }),
    }
  )
}
