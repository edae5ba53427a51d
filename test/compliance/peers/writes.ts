import {
  enterpriseUrn,
  groupUrn,
  isObject,
  type Json,
  type JsonObject,
} from '../../../scim-compliance/scim.ts'
import { error, objectIn, pathOf, reading, reply } from '../mutants/break.ts'
import { responds, withOperations } from '../mutants/breaks.ts'
import type { Peer } from './peer.ts'

const isManager = (name: Json | undefined): boolean =>
  typeof name === 'string' && new RegExp(`^(${enterpriseUrn}:)?manager$`, 'i').test(name)

/** A value of PATCH, as this server parses managers: a string is accepted, other forms are ignored. */
const readManagers = (value: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, one]): readonly (readonly [string, Json])[] => {
      if (isManager(name)) return typeof one === 'string' ? [[name, { value: one }]] : []
      return [[name, isObject(one) ? readManagers(one) : one]]
    }),
  )

function readOperation(operation: JsonObject): readonly JsonObject[] {
  const { path, value, op } = operation
  if (/^remove$/i.test(String(op)) || value === undefined) return [operation]
  if (isManager(path)) {
    if (typeof value === 'string') return [{ ...operation, value: value === '' ? null : { value } }]
    return value === null ? [operation] : []
  }
  if (!isObject(value)) return [operation]
  const read = readManagers(value)
  return Object.keys(read).length === 0 ? [] : [{ ...operation, value: read }]
}

/** Deviations of writes. */
export const writePeers: readonly Peer[] = [
  {
    id: 'manager-as-text',
    description: 'PATCH sets a manager only as a string; it ignores an object, and returns success.',
    breaks: () => async (request, next) => {
      const read = withOperations(request, operations => operations.flatMap(readOperation))
      const isEmpty = (body: JsonObject) => Array.isArray(body.Operations) && body.Operations.length === 0
      const hasNothingToDo = isEmpty(objectIn(read)) && !isEmpty(objectIn(request))
      return next(hasNothingToDo ? reading(request, request.target) : read)
    },
  },
  {
    id: 'takes-no-groups',
    description: 'POST /Groups is rejected, although groups are advertised.',
    breaks: responds(request =>
      request.method === 'POST' && pathOf(request) === '/Groups'
        ? error(400, 'Groups can’t be created here.')
        : undefined,
    ),
  },
  {
    id: 'refuses-second-schema',
    description:
      'POST /Groups is rejected if schemas contains a URN other than that of groups, as in Microsoft’s tutorial.',
    breaks: responds(request => {
      const { schemas } = objectIn(request)
      const isOther =
        Array.isArray(schemas) && schemas.some(urn => `${urn}`.toLowerCase() !== groupUrn.toLowerCase())
      return request.method === 'POST' && pathOf(request) === '/Groups' && isOther
        ? error(400, 'Unknown schema.', 'invalidValue')
        : undefined
    }),
  },
  {
    id: 'no-patch',
    description: 'Every PATCH returns 405, although PATCH is advertised.',
    breaks: () => async (request, next) => {
      if (request.method !== 'PATCH') return next(request)
      const found = await next(reading(request, pathOf(request)))
      return found.status === 401 ? found : error(405, 'PATCH isn’t served.')
    },
  },
  {
    id: 'writes-without-effect',
    description: 'PUT, PATCH and DELETE return 204 without any effect.',
    breaks: () => async (request, next) => {
      if (!['PUT', 'PATCH', 'DELETE'].includes(request.method)) return next(request)
      const found = await next(reading(request, pathOf(request)))
      return found.status === 200 ? reply(204) : found
    },
  },
  {
    id: 'relative-addresses',
    description: 'Location, meta.location and $ref are paths, without scheme and host.',
    breaks: () => async (request, next) => {
      const { status, headers, text } = await next(request)
      return {
        status,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [
            name,
            /location$/.test(name) ? pathIn(value) : value,
          ]),
        ),
        text: text.replace(
          /"(location|\$ref)":"(https?:[^"]*)"/g,
          (_, name, url) => `"${name}":"${pathIn(url)}"`,
        ),
      }
    },
  },
]

const pathIn = (url: string): string => URL.parse(url)?.pathname ?? url
