import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { ProblemList, UncheckedFields } from '../entra/mapping/fields.ts'
import type { Expectation, ExpectedRequest, ExpectedResource, RequestPattern } from './scenario.ts'

const methodAndPath = /^(GET|POST|PATCH|DELETE) (\/.*)$/s
/** Only these may contain white space. */
const placeholders = /\{\{[^{}]*\}\}/g

export function readRequestPattern(
  given: unknown,
  place: string,
  problems: ProblemList,
): RequestPattern | undefined {
  const [, method, path] = typeof given === 'string' ? (methodAndPath.exec(given) ?? []) : []
  if (method !== undefined && path !== undefined && !/\s/.test(path.replace(placeholders, ''))) {
    return { method, path }
  }
  problems.add(place, 'must be a method and a path relative to the tenant URL, such as "PATCH /Users/*".')
  return undefined
}

/** `"probes"`, `"GET /Users/…"`, or `{"send": "PATCH /Users/…", "operations": […], "withFlag": […]}`. */
function readExpectedRequest(
  given: unknown,
  place: string,
  problems: ProblemList,
): ExpectedRequest | undefined {
  if (given === 'probes') return { kind: 'probes' }
  if (!isObject(given)) {
    const pattern = readRequestPattern(given, place, problems)
    return pattern && { kind: 'request', pattern }
  }
  const fields = problems.fieldsOf(given, place, ['send', 'body', 'operations', 'withFlag']) ?? {}
  const pattern = readRequestPattern(fields.send, `${place}.send`, problems)
  const body = fields.body as Json | undefined
  const operations = fields.operations as Json | undefined
  const withFlag = fields.withFlag as Json | undefined
  if (operations === undefined && withFlag !== undefined)
    problems.add(`${place}.withFlag`, 'requires "operations", the operations without the flag.')
  return (
    pattern && {
      kind: 'request',
      pattern,
      ...compact({ body }),
      ...(operations !== undefined && {
        operations: { default: operations, aadOptscim062020: withFlag ?? operations },
      }),
    }
  )
}

const noExpectation: Expectation = { users: [], groups: [], asDirectory: false, log: [] }

const members = ['users', 'groups', 'asDirectory', 'requests', 'tokenRequests', 'cycle', 'job', 'log']

export function readExpectation(given: unknown, place: string, problems: ProblemList): Expectation {
  const fields = given === undefined ? undefined : problems.fieldsOf(given, place, members)
  if (!fields) return noExpectation
  const requests =
    fields.requests === undefined
      ? undefined
      : problems
          .list(fields.requests, `${place}.requests`)
          .flatMap((each, at) => readExpectedRequest(each, `${place}.requests[${at}]`, problems) ?? [])
  const tokenRequests = readCount(fields, 'tokenRequests', place, problems)
  const cycle = readObject(fields, 'cycle', place, problems)
  const job = readObject(fields, 'job', place, problems)
  return {
    users: readResources(fields.users, `${place}.users`, problems),
    groups: readResources(fields.groups, `${place}.groups`, problems),
    asDirectory: problems.boolean(fields, 'asDirectory', place) ?? false,
    ...compact({ requests, tokenRequests, cycle, job }),
    log: Object.entries(readObject(fields, 'log', place, problems) ?? {}).flatMap(([who, entry]) => {
      if (isObject(entry)) return [{ who, entry }]
      problems.add(`${place}.log.${who}`, 'must be an object with members of the log entry.')
      return []
    }),
  }
}

function readCount(
  fields: UncheckedFields,
  name: string,
  place: string,
  problems: ProblemList,
): number | undefined {
  const value = fields[name]
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 0))
    return value
  problems.add(`${place}.${name}`, 'must be a whole number of at least 0.')
  return undefined
}

function readObject(
  fields: UncheckedFields,
  name: string,
  place: string,
  problems: ProblemList,
): JsonObject | undefined {
  const value = fields[name]
  if (value === undefined || isObject(value)) return value
  problems.add(`${place}.${name}`, 'must be an object.')
  return undefined
}

function readResources(given: unknown, place: string, problems: ProblemList): readonly ExpectedResource[] {
  if (given === undefined) return []
  if (!isObject(given)) {
    problems.add(place, 'must be an object with names as keys and attributes or "absent" as values.')
    return []
  }
  return Object.entries(given).flatMap(([name, expected]): readonly ExpectedResource[] => {
    if (expected === 'absent') return [{ name, attributes: 'absent' }]
    if (!isObject(expected)) {
      problems.add(`${place}.${name}`, 'must be an object of attributes, or "absent".')
      return []
    }
    const { members, ...attributes } = expected
    if (members === undefined) return [{ name, attributes }]
    if (Array.isArray(members) && members.every(each => typeof each === 'string'))
      return [{ name, attributes, members }]
    problems.add(`${place}.${name}.members`, 'must be a list of userNames and displayNames.')
    return []
  })
}
