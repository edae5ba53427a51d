import { isObject } from '../../../scim-compliance/json.ts'
import { type Mutant, objectIn, objectsIn, pathOf, reading, withBody } from './break.ts'
import { answers, bodies, eachResource, metas, resources, without } from './breaks.ts'

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const answersTheOld =
  (method: string): Mutant['breaks'] =>
  () =>
  async (asked, next) => {
    if (asked.method !== method) return next(asked)
    const before = await next(reading(asked, pathOf(asked)))
    const answer = await next(asked)
    return answer.status === 200 ? { ...answer, text: before.text } : answer
  }

/** Everything is stored as it should be, and shown otherwise. */
export const shownMutants: readonly Mutant[] = [
  {
    id: 'id-changes',
    says: 'The id is another one at each read.',
    breaks: () => {
      let reads = 0
      return async (asked, next) => {
        const answer = await next(asked)
        if (asked.method !== 'GET') return answer
        const shown = eachResource(objectIn(answer), one => ({ ...one, id: `${one.id}-${++reads}` }))
        return withBody(answer, shown)
      }
    },
    caughtBy: ['rfc/common/id-stays', 'rfc/create/read-equals-user'],
  },
  {
    id: 'no-id-on-create',
    says: 'POST answers the user without the id.',
    breaks: answers((answer, { method }) =>
      method === 'POST' ? withBody(answer, without(objectIn(answer), 'id')) : {},
    ),
    caughtBy: ['rfc/common/id-given', 'rfc/create/body-user'],
  },
  {
    id: 'numeric-id',
    says: 'Ids are numbers.',
    breaks: resources(one => ({ ...one, id: 42 })),
    caughtBy: ['rfc/common/id-given', 'rfc/create/body-user'],
  },
  {
    id: 'no-meta',
    says: 'There is no meta.',
    breaks: resources(one => without(one, 'meta')),
    caughtBy: ['rfc/meta/given'],
  },
  {
    id: 'no-resource-type',
    says: 'meta has no resourceType.',
    breaks: metas(meta => without(meta, 'resourceType')),
    caughtBy: ['rfc/meta/type-users', 'rfc/meta/type-groups'],
  },
  {
    id: 'wrong-resource-type',
    says: 'Groups say that they are users.',
    breaks: metas(meta => ({ ...meta, resourceType: 'User' })),
    caughtBy: ['rfc/meta/type-groups'],
  },
  {
    id: 'modified-stands-still',
    says: 'lastModified stays what created is.',
    breaks: metas(meta => ({ ...meta, lastModified: meta.created ?? null })),
    caughtBy: ['rfc/meta/modified-moves'],
  },
  {
    id: 'reads-touch',
    says: 'Reading moves lastModified.',
    breaks: () => {
      let touched = Date.now()
      return async (asked, next) => {
        const answer = await next(asked)
        touched += 1000
        const shown = eachResource(objectIn(answer), one => ({
          ...one,
          ...(isObject(one.meta) && {
            meta: { ...one.meta, lastModified: new Date(touched).toISOString() },
          }),
        }))
        return answer.text === '' ? answer : withBody(answer, shown)
      }
    },
    caughtBy: ['rfc/meta/read-changes-nothing'],
  },
  {
    id: 'no-change-touches',
    says: 'A PATCH that changes nothing moves lastModified.',
    breaks: () => {
      const patches = new Map<string, number>()
      return async (asked, next) => {
        const answer = await next(asked)
        const path = pathOf(asked)
        if (asked.method === 'PATCH') patches.set(path, (patches.get(path) ?? 0) + 1)
        const times = patches.get(path)
        const body = objectIn(answer)
        if (times === undefined || !isObject(body.meta)) return answer
        const lastModified = new Date(Date.parse(`${body.meta.lastModified}`) + times * 1000).toISOString()
        return withBody(answer, { ...body, meta: { ...body.meta, lastModified } })
      }
    },
    caughtBy: ['rfc/patch-add/what-is-there-moves-nothing'],
  },
  {
    id: 'created-moves',
    says: 'created moves with each change.',
    breaks: metas(meta => ({ ...meta, created: meta.lastModified ?? null })),
    caughtBy: ['rfc/meta/created-stays'],
  },
  {
    id: 'other-host',
    says: 'meta.location has a host that only the server knows.',
    breaks: metas(meta => ({ ...meta, location: `${meta.location}`.replace('127.0.0.1', 'inside') })),
    caughtBy: ['rfc/meta/location-host'],
  },
  {
    id: 'times-without-time',
    says: 'created and lastModified are days.',
    breaks: metas(meta => ({
      ...meta,
      created: `${meta.created}`.replace(/T.*/, ''),
      lastModified: `${meta.lastModified}`.replace(/T.*/, ''),
    })),
    caughtBy: ['rfc/meta/created', 'rfc/meta/lastmodified'],
  },
  {
    id: 'relative-meta-location',
    says: 'meta.location is a path.',
    breaks: metas(meta => ({ ...meta, location: new URL(`${meta.location}`).pathname })),
    caughtBy: ['rfc/meta/location'],
  },
  {
    id: 'no-schemas',
    says: 'Resources have no schemas.',
    breaks: resources(one => without(one, 'schemas')),
    caughtBy: ['rfc/model/resource-schemas'],
  },
  {
    id: 'extension-not-listed',
    says: 'schemas leaves out the extension that there is data of.',
    breaks: resources(one => (userUrn === one.schemas ? one : { ...one, schemas: [userUrn] })),
    caughtBy: ['rfc/enterprise/urn-listed'],
  },
  {
    id: 'extension-at-the-top',
    says: 'Attributes of the extension stand among those of the user.',
    breaks: resources(one =>
      isObject(one[enterprise]) ? { ...without(one, enterprise), ...one[enterprise] } : one,
    ),
    caughtBy: ['rfc/enterprise/not-at-the-top', 'rfc/enterprise/department'],
  },
  {
    id: 'boolean-as-text',
    says: 'active is shown as "True" or "False".',
    breaks: resources(one =>
      typeof one.active === 'boolean' ? { ...one, active: one.active ? 'True' : 'False' } : one,
    ),
    caughtBy: ['rfc/advertised/types-users', 'rfc/forms/boolean-kept'],
  },
  {
    id: 'password-shown',
    says: 'The password is shown.',
    breaks: () => async (asked, next) => {
      const answer = await next(asked)
      const { password } = objectIn(asked)
      return password === undefined || answer.status >= 400
        ? answer
        : withBody(answer, { ...objectIn(answer), password })
    },
    caughtBy: ['rfc/user/password-hidden'],
  },
  {
    id: 'nulls-shown',
    says: 'What has no value is shown as null.',
    breaks: resources(one => ({ title: null, nickName: null, emails: null, ...one })),
    caughtBy: ['rfc/values/unassigned-not-returned', 'rfc/values/null-is-absent'],
  },
  {
    id: 'empty-lists-shown',
    says: 'Cleared attributes are shown as empty texts.',
    breaks: resources(one => ({ title: '', nickName: '', ...one })),
    caughtBy: ['rfc/values/null-clears', 'rfc/values/unassigned-not-returned'],
  },
  {
    id: 'names-in-lower-case',
    says: 'userName is shown as username.',
    breaks: resources(({ userName, ...one }) =>
      userName === undefined ? one : { ...one, username: userName },
    ),
    caughtBy: ['rfc/model/names-own-spelling', 'rfc/user/name-kept'],
  },
  {
    id: 'user-name-folded',
    says: 'userName is shown in lower case.',
    breaks: resources(one =>
      typeof one.userName === 'string' ? { ...one, userName: one.userName.toLowerCase() } : one,
    ),
    caughtBy: ['rfc/user/name-kept'],
  },
  {
    id: 'single-value-for-list',
    says: 'A list of one is shown as that one.',
    breaks: resources(one =>
      Array.isArray(one.emails) && one.emails.length === 1 ? { ...one, emails: one.emails[0] ?? null } : one,
    ),
    caughtBy: ['rfc/advertised/plural-users'],
  },
  {
    id: 'external-id-invented',
    says: 'externalId is made up where none was sent.',
    breaks: resources(one => ({ externalId: 'made-up', ...one })),
    caughtBy: ['rfc/common/external-id-not-invented'],
  },
  {
    id: 'external-id-folded',
    says: 'externalId is shown in upper case.',
    breaks: resources(one =>
      typeof one.externalId === 'string' ? { ...one, externalId: one.externalId.toUpperCase() } : one,
    ),
    caughtBy: ['rfc/common/external-id-kept'],
  },
  {
    id: 'not-unicode',
    says: 'What isn’t ASCII becomes question marks.',
    breaks: answers(({ text }) => ({ text: text.replace(/[^\x20-\x7e]/g, '?') })),
    caughtBy: ['rfc/transport/keeps-unicode', 'rfc/transport/keeps-unicode-when-read'],
  },
  {
    id: 'members-without-ref',
    says: 'Members have no $ref.',
    breaks: resources(one => ({
      ...one,
      ...('members' in one && { members: objectsIn(one.members).map(member => without(member, '$ref')) }),
    })),
    caughtBy: ['rfc/group/members-ref'],
  },
  {
    id: 'refs-lead-nowhere',
    says: '$ref of a member leads nowhere.',
    breaks: resources(one => ({
      ...one,
      ...('members' in one && {
        members: objectsIn(one.members).map(member => ({ ...member, $ref: `${member.$ref}x` })),
      }),
    })),
    caughtBy: ['rfc/group/members-ref-leads'],
  },
  {
    id: 'no-groups-of-users',
    says: 'Users don’t show their groups.',
    breaks: resources(one => without(one, 'groups')),
    caughtBy: ['rfc/group/of-user'],
  },
  {
    id: 'ref-of-the-manager',
    says: '$ref of a manager leads nowhere.',
    breaks: resources(one =>
      isObject(one[enterprise]) && isObject(one[enterprise].manager)
        ? {
            ...one,
            [enterprise]: {
              ...one[enterprise],
              manager: { ...one[enterprise].manager, $ref: '../Users/nobody' },
            },
          }
        : one,
    ),
    caughtBy: ['rfc/enterprise/manager-ref'],
  },
  {
    id: 'patch-answers-the-old',
    says: 'PATCH answers the resource as it was before.',
    breaks: answersTheOld('PATCH'),
    caughtBy: ['rfc/patch-paths/answers-as-stored'],
  },
  {
    id: 'put-answers-the-old',
    says: 'PUT answers the resource as it was before.',
    breaks: answersTheOld('PUT'),
    caughtBy: ['rfc/put/answers-as-stored'],
  },
  {
    id: 'errors-without-schemas',
    says: 'Errors have no schemas.',
    breaks: bodies((body, _, { status }) => (status >= 400 ? without(body, 'schemas') : body)),
    caughtBy: ['rfc/errors/body-unknown-id'],
  },
  {
    id: 'error-status-number',
    says: 'The status in an error is a number.',
    breaks: bodies((body, _, { status }) => (status >= 400 ? { ...body, status } : body)),
    caughtBy: ['rfc/errors/status-is-text'],
  },
  {
    id: 'errors-empty',
    says: 'Errors have no body.',
    breaks: answers(({ status }) => (status >= 400 ? { text: '' } : {})),
    caughtBy: ['rfc/errors/body-unknown-id', 'rfc/errors/body-not-json'],
  },
  {
    id: 'stack-traces',
    says: 'Errors show where in its code the server was.',
    breaks: bodies((body, _, { status }) =>
      status >= 400
        ? { ...body, detail: 'TypeError: x is undefined\n    at handle (/srv/app/users.js:12:34)' }
        : body,
    ),
    caughtBy: ['rfc/errors/no-stack-trace'],
  },
  {
    id: 'no-scim-type',
    says: 'Errors don’t say which they are.',
    breaks: bodies((body, _, { status }) => (status >= 400 ? without(body, 'scimType') : body)),
    caughtBy: ['rfc/create/conflict-type', 'rfc/filter/refuses-no-value-named'],
  },
]
