import type { Json, JsonObject } from '../../../scim-compliance/scim.ts'
import {
  error,
  instead,
  type Mutant,
  objectIn,
  objectsIn,
  pathOf,
  reading,
  reply,
  withBody,
} from './break.ts'
import { changesResponse, operation, operations, responds, withOperations, without } from './breaks.ts'

const isOp = ({ op }: JsonObject, name: string) => `${op}`.toLowerCase() === name
const pathIn = ({ path }: JsonObject): string => (typeof path === 'string' ? path : '')
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
const ofMembers = (one: JsonObject) => /^members$/i.test(pathIn(one))

/** PATCH requests with an incorrect effect. */
export const patchMutants: readonly Mutant[] = [
  {
    id: 'a-member-lost',
    description: 'Of several added members, the last is lost.',
    breaks: operation(one =>
      isOp(one, 'add') && ofMembers(one) && isList(one.value) && one.value.length > 1
        ? { ...one, value: one.value.slice(0, -1) }
        : one,
    ),
    caughtBy: ['rfc/patch-members/add-several'],
  },
  {
    id: 'added-members-replace',
    description: 'Adding members replaces the existing ones.',
    breaks: operation(one => (isOp(one, 'add') && ofMembers(one) ? { ...one, op: 'replace' } : one)),
    caughtBy: ['rfc/patch-members/add'],
  },
  {
    id: 'replaced-members-are-added',
    description: 'replace of members adds to the existing ones.',
    breaks: operation(one => (isOp(one, 'replace') && ofMembers(one) ? { ...one, op: 'add' } : one)),
    caughtBy: ['rfc/patch-members/replace'],
  },
  {
    id: 'remove-removes-all',
    description: 'Removing one member removes all.',
    breaks: operation(one =>
      isOp(one, 'remove') ? { ...one, path: pathIn(one).replace(/^members\[.*\]/i, 'members') } : one,
    ),
    caughtBy: ['rfc/patch-members/remove-by-filter'],
  },
  {
    id: 'listed-removal-removes-all',
    description: 'Removing listed members removes all.',
    breaks: operation(one => (isOp(one, 'remove') ? without(one, 'value') : one)),
    caughtBy: ['rfc/patch-members/remove-by-value'],
  },
  {
    id: 'remove-ignored',
    description: 'remove has no effect.',
    breaks: operations(all =>
      all.map(one => (isOp(one, 'remove') ? { ...one, op: 'add', path: 'externalId', value: 'x' } : one)),
    ),
    caughtBy: ['rfc/patch-remove/single-value', 'rfc/patch-members/remove-all'],
  },
  {
    id: 'renaming-empties',
    description: 'Renaming a group removes its members.',
    breaks: operations((all, { target }) =>
      target.startsWith('/Groups') && all.some(one => JSON.stringify(one).includes('displayName'))
        ? [...all, { op: 'remove', path: 'members' }]
        : all,
    ),
    caughtBy: ['rfc/patch-members/rename-keeps-members'],
  },
  {
    id: 'filtered-replace-hits-all',
    description: 'replace of the work address changes all addresses.',
    breaks: operation(one =>
      isOp(one, 'replace') ? { ...one, path: pathIn(one).replace(/\[.*\]\./, '.') || 'title' } : one,
    ),
    caughtBy: ['rfc/patch-replace/part-by-filter'],
  },
  {
    id: 'filtered-remove-hits-all',
    description: 'Removing the work address removes all addresses.',
    breaks: operation(one =>
      isOp(one, 'remove') && 'path' in one ? { ...one, path: pathIn(one).replace(/\[.*\]/, '') } : one,
    ),
    caughtBy: ['rfc/patch-remove/by-filter'],
  },
  {
    id: 'only-the-first-match',
    description: 'Only the first matching value is changed.',
    breaks: () => async (request, next) => {
      if (request.method !== 'PATCH') return next(request)
      const resource = objectIn(await next(reading(request, pathOf(request))))
      const response = await next(request)
      const after = objectIn(response)
      const [, ...others] = objectsIn(after.emails)
      const before = objectsIn(resource.emails)
      if (others.length === 0 || before.length !== others.length + 1) return response
      const { emails: _, ...rest } = after
      const emails = objectsIn(after.emails).map((one, at) => (at === 0 ? one : (before[at] ?? one)))
      await next(instead(request, 'PUT', pathOf(request), { ...rest, emails }))
      return withBody(response, { ...rest, emails })
    },
    caughtBy: ['rfc/patch-replace/every-match'],
  },
  {
    id: 'not-atomic',
    description: 'Operations before a failed one keep their effect.',
    breaks: () => async (request, next) => {
      if (request.method !== 'PATCH') return next(request)
      let last = reply(400)
      for (const one of objectsIn(objectIn(request).Operations)) {
        last = await next(withOperations(request, () => [one]))
        if (last.status >= 400) return last
      }
      return last
    },
    caughtBy: ['rfc/patch/all-or-nothing'],
  },
  {
    id: 'out-of-order',
    description: 'Operations are applied in reverse order.',
    breaks: operations(all => all.toReversed()),
    caughtBy: ['rfc/patch/in-order', 'rfc/patch/on-the-result-before'],
  },
  {
    id: 'only-the-first-operation',
    description: 'Only the first operation is applied.',
    breaks: operations(all => all.slice(0, 1)),
    caughtBy: ['rfc/patch/in-order', 'rfc/patch-remove/several'],
  },
  {
    id: 'add-replaces-lists',
    description: 'add to a list replaces it.',
    breaks: operation(one =>
      isOp(one, 'add') && /^emails$/i.test(pathIn(one)) ? { ...one, op: 'replace' } : one,
    ),
    caughtBy: ['rfc/patch-add/appends-list', 'rfc/patch-add/appends-object'],
  },
  {
    id: 'replace-appends',
    description: 'replace of a list appends to it.',
    breaks: operation(one =>
      isOp(one, 'replace') && /^emails$/i.test(pathIn(one)) ? { ...one, op: 'add' } : one,
    ),
    caughtBy: ['rfc/patch-replace/whole-list'],
  },
  {
    id: 'complex-replaced-whole',
    description: 'replace of one sub-attribute of name removes the others.',
    breaks: operations(all =>
      all.flatMap(one =>
        isOp(one, 'replace') && /^name(\.|$)/i.test(pathIn(one))
          ? [
              { op: 'remove', path: 'name' },
              { ...one, op: 'add' },
            ]
          : [one],
      ),
    ),
    caughtBy: ['rfc/patch-replace/merges-complex', 'rfc/patch-replace/sub-attribute'],
  },
  {
    id: 'op-minds-case',
    description: '“Replace” is rejected.',
    breaks: changesResponse((_, request) =>
      objectsIn(objectIn(request).Operations).some(({ op }) => `${op}` !== `${op}`.toLowerCase())
        ? error(400)
        : {},
    ),
    caughtBy: ['rfc/patch-replace/op-in-any-case'],
  },
  {
    id: 'paths-mind-case',
    description: 'Paths respect case.',
    breaks: changesResponse((_, request) =>
      objectsIn(objectIn(request).Operations).some(one => /^[A-Z]/.test(pathIn(one))) ? error(400) : {},
    ),
    caughtBy: ['rfc/patch-paths/names-in-any-case'],
  },
  {
    id: 'no-path-ignored',
    description: 'Operations without a path have no effect.',
    breaks: operation(one => ('path' in one ? one : { ...one, value: {} })),
    caughtBy: ['rfc/patch-add/no-path', 'rfc/patch-replace/no-path'],
  },
  {
    id: 'extension-paths-refused',
    description: 'Paths with the URN of an extension are rejected.',
    breaks: changesResponse((_, request) =>
      objectsIn(objectIn(request).Operations).some(one => pathIn(one).includes('enterprise'))
        ? error(400)
        : {},
    ),
    caughtBy: ['rfc/patch-paths/extension-attribute'],
  },
  {
    id: 'unknown-attributes-taken',
    description: 'PATCH of an unknown attribute returns 204.',
    breaks: changesResponse((response, { method }) =>
      method === 'PATCH' && response.status === 400 ? reply(204) : {},
    ),
    caughtBy: ['rfc/patch/refuses-unknown-attribute', 'rfc/patch/refuses-unknown-op'],
  },
  {
    id: 'no-match-ignored',
    description: 'replace with a filter that matches nothing is ignored.',
    breaks: changesResponse((response, request) =>
      request.method === 'PATCH' && objectIn(response).scimType === 'noTarget' ? reply(204) : {},
    ),
    caughtBy: ['rfc/patch-replace/refuses-no-match'],
  },
  {
    id: 'patch-answers-200-empty',
    description: 'PATCH returns 200 without a body.',
    breaks: changesResponse((response, { method }) =>
      method === 'PATCH' && response.status < 300 ? { status: 200, text: '' } : {},
    ),
    caughtBy: ['rfc/patch-paths/answers-200-or-204', 'rfc/patch-paths/answers-as-stored'],
  },
  {
    id: 'patch-does-nothing',
    description: 'PATCH returns 204 without any effect.',
    breaks: responds(({ method }) => (method === 'PATCH' ? reply(204) : undefined)),
    caughtBy: ['rfc/discovery/offers-patch'],
  },
  {
    id: 'two-primaries',
    description: 'A new primary value doesn’t replace the old one.',
    breaks: () => async (request, next) => {
      const response = await next(request)
      const body = objectIn(response)
      const emails = objectsIn(body.emails)
      return emails.length > 1
        ? withBody(response, { ...body, emails: emails.map(one => ({ ...one, primary: true })) })
        : response
    },
    caughtBy: ['rfc/patch-add/moves-primary', 'rfc/patch-replace/moves-primary'],
  },
  {
    id: 'doubles',
    description: 'Adding an existing value duplicates it.',
    breaks: changesResponse(response => {
      const body = objectIn(response)
      const emails = objectsIn(body.emails)
      return emails.length > 1
        ? withBody(response, { ...body, emails: [...emails, ...emails.slice(0, 1)] })
        : {}
    }),
    caughtBy: ['rfc/patch-add/what-is-there'],
  },
]
