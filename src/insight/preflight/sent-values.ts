import type { PreflightFailure } from '../../domain/contract/preflight.ts'
import {
  managerTarget,
  matchingAttributes,
  type ObjectMapping,
  parseTargetPath,
} from '../../provisioning/entra/mapping/mapping.ts'
import { currentValues } from '../../provisioning/entra/planning/changes.ts'
import { encodeQuery } from '../../provisioning/entra/planning/target-object.ts'
import type { TargetRequest } from '../../provisioning/kit/target.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { plainPath } from './remedy.ts'

export function stepOf(request: TargetRequest): PreflightFailure['step'] {
  if (request.method === 'GET') return 'match'
  if (request.method === 'POST') return 'create'
  const path = referencePath(request)
  if (path === undefined) return 'update'
  return path === membersPath ? 'members' : 'manager'
}

const membersPath = 'members'

export function referencePath({ body }: TargetRequest): string | undefined {
  const paths = operationsIn(body).map(({ path }) => (typeof path === 'string' ? path.toLowerCase() : ''))
  if (paths.some(path => path.startsWith(membersPath))) return membersPath
  return paths.some(path => path.endsWith(':manager') || path.startsWith('manager'))
    ? managerTarget.text
    : undefined
}

const filterOf = (target: string) => `filter=${encodeQuery(`${target} eq `)}`

export const searchedPath = (mapping: ObjectMapping, { method, path }: TargetRequest): string | undefined =>
  method === 'GET'
    ? matchingAttributes(mapping)
        .filter(({ target }) => path.includes(filterOf(target)))
        .map(({ target }) => plainPath(target))[0]
    : undefined

export function valueSent(
  target: string | undefined,
  { method, path, body }: TargetRequest,
): string | undefined {
  if (target === undefined) return undefined
  if (method === 'GET') return searchedValue(path, target)
  if (!isObject(body)) return undefined
  const [value] =
    method === 'POST'
      ? currentValues(body, parseTargetPath(target))
      : operationsIn(body).flatMap(operation => valuesIn(operation, target))
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The filter compares with a JSON string (RFC 7644 §3.4.2.2). */
function searchedValue(path: string, target: string): string | undefined {
  const at = path.indexOf(filterOf(target))
  if (at < 0) return undefined
  const [encoded = ''] = path.slice(at + filterOf(target).length).split('&', 1)
  const value: unknown = JSON.parse(decodeURIComponent(encoded.replaceAll('+', ' ')))
  return typeof value === 'string' ? value : undefined
}

function operationsIn(body: Json | undefined): readonly JsonObject[] {
  const operations = isObject(body) ? body.Operations : undefined
  return Array.isArray(operations) ? operations.filter(isObject) : []
}

function valuesIn({ path, value }: JsonObject, target: string): readonly Json[] {
  if (path === undefined) return isObject(value) ? [value[target]].filter(one => one !== undefined) : []
  return path === target && value !== undefined ? [value] : []
}

export function referencedNames({ body }: TargetRequest, nameOf: (target: string) => string): string {
  const ids = operationsIn(body).flatMap(({ path, value }) => idsIn(value ?? path ?? null))
  return ids.map(nameOf).join(', ')
}

function idsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [/^[^[]*\[value eq "(.*)"\]/.exec(value)?.[1] ?? value]
  if (Array.isArray(value)) return value.flatMap(idsIn)
  return isObject(value) ? idsIn(value.value ?? null) : []
}
