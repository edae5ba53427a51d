import { isObject, type Json, sameJson } from '../../scim/json.ts'
import type { JobConfig } from '../job-config.ts'
import type { WireRequest } from '../wire.ts'
import { type Check, verdict } from './check.ts'
import type { KnownIds } from './known-ids.ts'
import { fits } from './request-pattern.ts'
import type { ExpectedRequest } from './scenario.ts'

type Expected = Extract<ExpectedRequest, { kind: 'request' }>

/** Compares all that was sent with the whole sequence that was to be sent. */
export function checkRequests(
  sent: readonly WireRequest[],
  requests: readonly ExpectedRequest[],
  ids: KnownIds,
  { probes, wire, mapping }: JobConfig,
): Check {
  const guid = '%22*-*-*-*-*%22'
  const expected = requests.flatMap((each): readonly Expected[] => {
    if (each.kind === 'request') return [each]
    return [
      ...times(probes.users, `/Users?filter=*+eq+${guid}`),
      ...times(
        mapping.groups.enabled ? probes.groups : 0,
        `/Groups?excludedAttributes=members&filter=*+eq+${guid}`,
      ),
    ]
  })
  const what = `${sent.length === 1 ? 'the one request is' : `the ${sent.length} requests are`} as expected`
  for (let at = 0; at < Math.max(expected.length, sent.length); at++) {
    const lack = difference(expected[at], sent[at], ids, wire.dialect)
    if (lack !== undefined) return verdict(what, `request ${at + 1}: ${lack}`)
  }
  return verdict(what, undefined)
}

const times = (count: number, path: string): readonly Expected[] =>
  Array.from({ length: count }, () => ({ kind: 'request', pattern: { method: 'GET', path } }))

function difference(
  expected: Expected | undefined,
  sent: WireRequest | undefined,
  ids: KnownIds,
  dialect: JobConfig['wire']['dialect'],
): string | undefined {
  const told = sent ? ids.named(`${sent.method} ${sent.path}`) : 'nothing more'
  if (!expected) return `${told} was sent, and nothing more expected`
  const { method, path } = expected.pattern
  if (!sent || !fits({ method, path: ids.filled(path) }, sent))
    return `expected ${method} ${path}, but ${told} was sent`
  const body = expected.body === undefined ? sent.body : ids.filledJson(expected.body)
  if (!sameJson(body, sent.body)) return bodies(told, expected.body, sent.body, ids)
  if (!expected.operations) return undefined
  const operations = expected.operations[dialect]
  const found = isObject(sent.body) ? sent.body.Operations : undefined
  return sameJson(ids.filledJson(operations), found) ? undefined : bodies(told, operations, found, ids)
}

const bodies = (told: string, expected: Json | undefined, found: Json | undefined, ids: KnownIds) =>
  `${told} was to carry ${JSON.stringify(expected)}, and carried ${ids.named(JSON.stringify(found) ?? 'nothing')}`
