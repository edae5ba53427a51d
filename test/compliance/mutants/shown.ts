import { isObject } from '../../../scim-compliance/scim.ts'
import { type Mutant, objectIn, pathOf, withBody } from './break.ts'
import { changesResponse, eachResource, metas, resources, without } from './breaks.ts'

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** Everything is stored correctly, but IDs, meta and schemas are returned incorrectly. */
export const shownMutants: readonly Mutant[] = [
  {
    id: 'id-changes',
    description: 'The id is different in each read.',
    breaks: () => {
      let reads = 0
      return async (request, next) => {
        const response = await next(request)
        if (request.method !== 'GET') return response
        const shown = eachResource(objectIn(response), one => ({ ...one, id: `${one.id}-${++reads}` }))
        return withBody(response, shown)
      }
    },
    caughtBy: ['rfc/common/id-stays', 'rfc/create/read-equals'],
  },
  {
    id: 'no-id-on-create',
    description: 'POST returns the user without the id.',
    breaks: changesResponse((response, { method }) =>
      method === 'POST' ? withBody(response, without(objectIn(response), 'id')) : {},
    ),
    caughtBy: ['rfc/create/accepted-user'],
  },
  {
    id: 'numeric-id',
    description: 'IDs are numbers.',
    breaks: resources(one => ({ ...one, id: 42 })),
    caughtBy: ['rfc/common/id-given', 'rfc/create/body'],
  },
  {
    id: 'no-meta',
    description: 'meta is missing.',
    breaks: resources(one => without(one, 'meta')),
    caughtBy: ['rfc/meta/given'],
  },
  {
    id: 'no-resource-type',
    description: 'meta has no resourceType.',
    breaks: metas(meta => without(meta, 'resourceType')),
    caughtBy: ['rfc/meta/type'],
  },
  {
    id: 'wrong-resource-type',
    description: 'meta.resourceType of groups is User.',
    breaks: metas(meta => ({ ...meta, resourceType: 'User' })),
    caughtBy: ['rfc/meta/type'],
  },
  {
    id: 'modified-stands-still',
    description: 'lastModified stays equal to created.',
    breaks: metas(meta => ({ ...meta, lastModified: meta.created ?? null })),
    caughtBy: ['rfc/meta/modified-moves'],
  },
  {
    id: 'reads-touch',
    description: 'Reading changes lastModified.',
    breaks: () => {
      let touched = Date.now()
      return async (request, next) => {
        const response = await next(request)
        touched += 1000
        const shown = eachResource(objectIn(response), one => ({
          ...one,
          ...(isObject(one.meta) && {
            meta: { ...one.meta, lastModified: new Date(touched).toISOString() },
          }),
        }))
        return response.text === '' ? response : withBody(response, shown)
      }
    },
    caughtBy: ['rfc/meta/read-changes-nothing'],
  },
  {
    id: 'no-change-touches',
    description: 'A PATCH without an effect changes lastModified.',
    breaks: () => {
      const patches = new Map<string, number>()
      return async (request, next) => {
        const response = await next(request)
        const path = pathOf(request)
        if (request.method === 'PATCH') patches.set(path, (patches.get(path) ?? 0) + 1)
        const times = patches.get(path)
        const body = objectIn(response)
        if (times === undefined || !isObject(body.meta)) return response
        const lastModified = new Date(Date.parse(`${body.meta.lastModified}`) + times * 1000).toISOString()
        return withBody(response, { ...body, meta: { ...body.meta, lastModified } })
      }
    },
    caughtBy: ['rfc/patch-add/what-is-there-moves-nothing'],
  },
  {
    id: 'created-moves',
    description: 'created changes with each write.',
    breaks: metas(meta => ({ ...meta, created: meta.lastModified ?? null })),
    caughtBy: ['rfc/meta/created-stays'],
  },
  {
    id: 'other-host',
    description: 'meta.location has an internal host name.',
    breaks: metas(meta => ({ ...meta, location: `${meta.location}`.replace('127.0.0.1', 'inside') })),
    caughtBy: ['rfc/meta/location-host'],
  },
  {
    id: 'times-without-time',
    description: 'created and lastModified are dates without a time.',
    breaks: metas(meta => ({
      ...meta,
      created: `${meta.created}`.replace(/T.*/, ''),
      lastModified: `${meta.lastModified}`.replace(/T.*/, ''),
    })),
    caughtBy: ['rfc/meta/times'],
  },
  {
    id: 'relative-meta-location',
    description: 'meta.location is a path.',
    breaks: metas(meta => ({ ...meta, location: new URL(`${meta.location}`).pathname })),
    caughtBy: ['rfc/meta/location-absolute'],
  },
  {
    id: 'meta-location-astray',
    description: 'meta.location is that of an unknown resource.',
    breaks: metas(meta => ({ ...meta, location: `${meta.location}0` })),
    caughtBy: ['rfc/meta/location'],
  },
  {
    id: 'no-schemas',
    description: 'Resources have no schemas.',
    breaks: resources(one => without(one, 'schemas')),
    caughtBy: ['rfc/model/resource-schemas'],
  },
  {
    id: 'extension-not-listed',
    description: 'schemas omits the extension although there is data of it.',
    breaks: resources(one => ('userName' in one ? { ...one, schemas: [userUrn] } : one)),
    caughtBy: ['rfc/enterprise/urn-listed'],
  },
  {
    id: 'extension-at-the-top',
    description: 'Attributes of the extension are returned with those of the user.',
    breaks: resources(one =>
      isObject(one[enterprise]) ? { ...without(one, enterprise), ...one[enterprise] } : one,
    ),
    caughtBy: ['rfc/enterprise/not-at-the-top', 'rfc/enterprise/texts'],
  },
]
