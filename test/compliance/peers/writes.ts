import {
  enterpriseUrn,
  groupUrn,
  isObject,
  type Json,
  type JsonObject,
} from '../../../scim-compliance/scim.ts'
import { error, objectIn, pathOf, reading, reply } from '../mutants/break.ts'
import { insteadOf, withOperations } from '../mutants/breaks.ts'
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
    breaks: () => async (asked, next) => {
      const read = withOperations(asked, operations => operations.flatMap(readOperation))
      const isEmpty = (body: JsonObject) => Array.isArray(body.Operations) && body.Operations.length === 0
      const hasNothingToDo = isEmpty(objectIn(read)) && !isEmpty(objectIn(asked))
      return next(hasNothingToDo ? reading(asked, asked.target) : read)
    },
  },
  {
    id: 'takes-no-groups',
    description: 'POST /Groups is rejected, although groups are advertised.',
    breaks: insteadOf(asked =>
      asked.method === 'POST' && pathOf(asked) === '/Groups'
        ? error(400, 'Groups can’t be created here.')
        : undefined,
    ),
  },
  {
    id: 'refuses-second-schema',
    description:
      'POST /Groups is rejected if schemas contains a URN other than that of groups, as in Microsoft’s tutorial.',
    breaks: insteadOf(asked => {
      const { schemas } = objectIn(asked)
      const isOther =
        Array.isArray(schemas) && schemas.some(urn => `${urn}`.toLowerCase() !== groupUrn.toLowerCase())
      return asked.method === 'POST' && pathOf(asked) === '/Groups' && isOther
        ? error(400, 'Unknown schema.', 'invalidValue')
        : undefined
    }),
  },
  {
    id: 'no-patch',
    description: 'Every PATCH returns 405, although PATCH is advertised.',
    breaks: () => async (asked, next) => {
      if (asked.method !== 'PATCH') return next(asked)
      const found = await next(reading(asked, pathOf(asked)))
      return found.status === 401 ? found : error(405, 'PATCH isn’t served.')
    },
  },
  {
    id: 'writes-without-effect',
    description: 'PUT, PATCH and DELETE return 204 without any effect.',
    breaks: () => async (asked, next) => {
      if (!['PUT', 'PATCH', 'DELETE'].includes(asked.method)) return next(asked)
      const found = await next(reading(asked, pathOf(asked)))
      return found.status === 200 ? reply(204) : found
    },
  },
  {
    id: 'relative-addresses',
    description: 'Location, meta.location and $ref are paths, without scheme and host.',
    breaks: () => async (asked, next) => {
      const { status, headers, text } = await next(asked)
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
