import { isObject, type JsonObject } from '../../scim/json.ts'
import type { Fields, MistakeList } from '../mapping-fields.ts'
import { readExpectedRequest } from './read-request.ts'
import type { Expectation, ExpectedResource } from './scenario.ts'

const nothing: Expectation = { users: [], groups: [], asDirectory: false, log: [] }

const members = ['users', 'groups', 'asDirectory', 'requests', 'cycle', 'job', 'log']

/** What has to be so after a step. */
export function readExpectation(given: unknown, place: string, mistakes: MistakeList): Expectation {
  const fields = given === undefined ? undefined : mistakes.fieldsOf(given, place, members)
  if (!fields) return nothing
  const requests =
    fields.requests === undefined
      ? undefined
      : mistakes
          .list(fields.requests, `${place}.requests`)
          .flatMap((each, at) => readExpectedRequest(each, `${place}.requests[${at}]`, mistakes) ?? [])
  const cycle = readObject(fields, 'cycle', place, mistakes)
  const job = readObject(fields, 'job', place, mistakes)
  return {
    users: readResources(fields.users, `${place}.users`, mistakes),
    groups: readResources(fields.groups, `${place}.groups`, mistakes),
    asDirectory: mistakes.boolean(fields, 'asDirectory', place) ?? false,
    ...(requests && { requests }),
    ...(cycle && { cycle }),
    ...(job && { job }),
    log: Object.entries(readObject(fields, 'log', place, mistakes) ?? {}).flatMap(([who, entry]) => {
      if (isObject(entry)) return [{ who, entry }]
      mistakes.add(`${place}.log.${who}`, 'has to be an object with members of the log entry.')
      return []
    }),
  }
}

function readObject(
  fields: Fields,
  name: string,
  place: string,
  mistakes: MistakeList,
): JsonObject | undefined {
  const value = fields[name]
  if (value === undefined || isObject(value)) return value
  mistakes.add(`${place}.${name}`, 'has to be an object.')
  return undefined
}

/** By userName or displayName: `"absent"`, or attributes; of groups also their members. */
function readResources(given: unknown, place: string, mistakes: MistakeList): readonly ExpectedResource[] {
  if (given === undefined) return []
  if (!isObject(given)) {
    mistakes.add(place, 'has to be an object: names, with attributes or "absent".')
    return []
  }
  return Object.entries(given).flatMap(([name, expected]): readonly ExpectedResource[] => {
    if (expected === 'absent') return [{ name, attributes: 'absent' }]
    if (!isObject(expected)) {
      mistakes.add(`${place}.${name}`, 'has to be an object of attributes, or "absent".')
      return []
    }
    const { members, ...attributes } = expected
    if (members === undefined) return [{ name, attributes }]
    if (Array.isArray(members) && members.every(each => typeof each === 'string'))
      return [{ name, attributes, members }]
    mistakes.add(`${place}.${name}.members`, 'has to be a list of userNames and displayNames.')
    return []
  })
}
