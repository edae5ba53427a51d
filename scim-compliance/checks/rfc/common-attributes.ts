import type { Check, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, isSuccess, skip } from '../../expect.ts'
import { fitting, over, overNames } from '../forms.ts'
import { findAttribute, textAttributeName, valueIn } from '../steps/attributes.ts'
import { isReplaced, postForCleanup, postWithout, userAndGroup } from '../steps/create-and-read.ts'
import { externalIdInOtherCase } from '../steps/users-and-groups.ts'
import { area, created } from './areas.ts'
import { defineChecks, may, must, practice, should, withFixture } from './define-checks.ts'
import { expectResolves, resolved } from './groups.ts'

const idChecks = defineChecks(area('common', 'Common attributes', 'RFC 7643 §3.1', created), [
  must('id-given', ['R-041', 'R-047'], {
    description: 'New resources have an id, a string that isn’t empty.',
    rationale:
      'Every later request of the client uses the id. Without one, the client can’t address the object.',
    remedy: 'Return the id as a string, even if it is a number internally.',
    after: ['probe/create'],
    unconverted: 'ids',
    request: { post: {} },
    expect: { body: { id: fitting('a string', id => typeof id === 'string' && id !== '') } },
  }),
  must('id-stays', ['R-041'], {
    description: 'The id doesn’t change when the resource changes, including its userName.',
    rationale:
      'Entra stores the id permanently. If the id changes, the next read returns 404, and the user stays in escrow with InvalidAnchor.',
    remedy: 'Use a separate id, not userName or the email address.',
    after: ['rfc/put/replaces'],
    run: async context => {
      const { id, path, sent } = await context.create(context.users)
      const { userName } = context.sample(context.users)
      const changed = await context.put(path, { ...sent, userName: userName ?? null })
      if (!isReplaced(changed)) skip(`PUT with another userName returns ${changed.status}.`)
      const response = await context.get(path)
      expectStatus(response, 200)
      expectEqual(valueIn(response.body, 'id'), id, 'id', response)
    },
  }),
  must('id-not-reused', ['R-041', 'R-087'], {
    description: 'A user that is created again after its deletion gets another id.',
    rationale:
      'Anything stored under the old id elsewhere (memberships, grants, logs) would apply to the new resource.',
    remedy: 'Never assign an id twice. A random UUID is the simplest choice.',
    after: ['rfc/delete/get'],
    run: async context => {
      const { id, path, sent } = await context.create(context.users)
      const deleted = await context.delete(path)
      if (!isSuccess(deleted)) skip(`DELETE returns ${deleted.status}.`)
      const response = await postForCleanup(context, context.users, sent)
      if (!isSuccess(response)) skip(`The second create returns ${response.status}.`)
      const again = valueIn(response.body, 'id')
      expectThat(again !== id, 'another id', again, response)
    },
  }),
  must('id-of-one-type', ['R-041'], {
    description: 'A user and a group never have the same id.',
    rationale: 'Group members may be identified by id alone.',
    remedy: 'Take the IDs of all types from the same source, or add a prefix for each type.',
    needs: ['groups'],
    after: ['rfc/errors/unknown-id'],
    given: { user: true, group: true },
    request: ({ context, user }) => ({ get: `${context.groups.endpoint}/${user.id}` }),
    expect: { status: [404] },
  }),
  must('id-of-client-ignored', ['R-042', 'R-085'], {
    description: 'The server ignores id in the body of a create.',
    rationale:
      'The Terraform provider for AWS sends an empty id. Another client could claim an id that belongs to another resource.',
    remedy: 'Ignore id in request bodies.',
    blame: [{ on: '4xx', remedy: 'Ignore id in request bodies, and don’t reject them.' }],
    request: s => ({ post: { id: s.mark } }),
    expect: s => ({ body: { id: fitting('assigned by the server', id => id !== s.mark) } }),
  }),
  must('id-of-client-ignored-put', ['R-042', 'R-059'], {
    description: 'PUT with another id in the body doesn’t change the id.',
    rationale: 'The client would lose access to the resource through its own update.',
    remedy: 'Take the id from the URL.',
    after: ['rfc/put/replaces'],
    given: { user: true },
    request: s => ({ put: { id: s.mark } }),
    expect: ({ user: { id } }) => ({
      holds: { 'the same id': ({ response, body }) => response.status === 204 || body.id === id },
      stored: { id },
    }),
  }),
  must('id-without-bulkid', ['R-043'], {
    description: 'IDs don’t contain the word bulkId.',
    rationale: 'In bulk requests, bulkId: refers to a resource that is not created yet.',
    remedy: 'Use random IDs.',
    request: { post: {} },
    expect: { body: { id: fitting('without bulkId', id => !/bulkid/i.test(String(id))) } },
  }),
  must('external-id-kept', ['R-045', 'R-062'], {
    description: 'The server returns externalId exactly as it was sent, including case.',
    rationale: 'Many clients match users by externalId. Entra does if an administrator configures it.',
    remedy: 'Store externalId unchanged, and keep its case.',
    request: s => ({ post: { externalId: `External-${s.mark}` } }),
    expect: s => ({ stored: { externalId: `External-${s.mark}` } }),
  }),
  must('external-id-not-invented', ['R-044'], {
    description: 'The server doesn’t set externalId.',
    rationale: 'Clients that match by externalId would treat the user as one of another system.',
    remedy: 'Let only the client set externalId.',
    run: async context => {
      if (findAttribute(context.users, 'externalId')?.required) skip('externalId is required here.')
      const response = await postWithout(context, context.users, 'externalId')
      const got = valueIn(response.body, 'externalId')
      expectThat(got === undefined, 'no externalId', got, response, 'excess')
    },
  }),
  must('external-id-case', ['R-045'], {
    description: 'A filter on externalId respects case.',
    rationale:
      'Base64 IDs from Active Directory can differ in case only, so users would be confused with each other.',
    remedy: 'Compare externalId with its case.',
    needs: ['filter'],
    after: ['rfc/common/external-id-kept', 'rfc/filter/eq-external-id', 'rfc/retrieve/nothing-found'],
    ...externalIdInOtherCase,
  }),
  may('external-id-twice', ['R-046'], {
    description:
      'Two users can have the same externalId, since its meaning is defined by the client. AWS rejects the second one.',
    rationale: 'A client that creates a user again with a previous externalId is rejected.',
    remedy: 'Don’t create a unique index on externalId.',
    blame: [{ on: '4xx', remedy: 'Accept the same externalId again: remove the unique index on it.' }],
    given: { user: s => ({ externalId: s.mark }) },
    request: s => ({ post: { externalId: s.mark } }),
    expect: {},
  }),
])

const readMeta = ({ body }: ScimResponse | CreatedResource, name: string) => valueIn(body, 'meta', name)

/** A value in the meta of a new user. */
const ofNewUser = (name: string) =>
  withFixture(async context => {
    const { path, response } = await context.create(context.users)
    return { path, response, value: readMeta(response, name) ?? skip(`There is no meta.${name}.`) }
  })

/** Expects what a new user has in its meta, if anything. */
const hasMeta = (name: string, what: string, fits: (value: unknown) => boolean): Check['run'] =>
  ofNewUser(name)(({ response, value }) => expectThat(fits(value), what, value, response))

const isDateTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(value) &&
  !Number.isNaN(Date.parse(value))

const metaOfClient = {
  created: '2001-01-01T00:00:00Z',
  lastModified: '2001-01-01T00:00:00Z',
  resourceType: 'Robot',
  location: 'https://example.com/x',
}

const metaArea = area('meta', 'Common attributes', 'RFC 7643 §3.1', {
  ...created,
  after: ['probe/create', 'rfc/meta/given'],
})

const metaChecks = defineChecks(metaArea, [
  must('times', ['R-032', 'R-049', 'R-050'], {
    description: 'meta.created and meta.lastModified are xsd:dateTime values with date and time.',
    rationale: 'A typed client can’t parse the whole resource if a date has another format.',
    remedy: 'Return both in the form 2030-01-31T12:00:00Z.',
    ...overNames(['created', 'lastModified'], name =>
      hasMeta(name, `meta.${name}, an xsd:dateTime`, isDateTime),
    ),
  }),
  must('times-equal', ['R-050'], {
    description: 'meta.lastModified of an unmodified resource equals meta.created.',
    rationale: 'Clients compare the two to see whether a resource has changed since its creation.',
    remedy: 'Set both timestamps to the same value when you create a resource.',
    run: ofNewUser('created')(({ response, value }) =>
      expectEqual(readMeta(response, 'lastModified'), value, 'meta.lastModified', response),
    ),
  }),
  must('created-stays', ['R-049'], {
    description: 'meta.created doesn’t change when the resource changes.',
    rationale: 'Audits and license reports rely on it.',
    remedy: 'Set created only when you create the resource.',
    after: ['rfc/put/replaces', 'rfc/meta/times'],
    run: async context => {
      const text = textAttributeName(context.users)
      const before = await context.create(context.users, { [text]: context.unique() })
      const changed = await context.put(before.path, { ...before.sent, [text]: context.unique() })
      if (!isReplaced(changed)) skip(`PUT returns ${changed.status}.`)
      const after = await context.get(before.path)
      const old = readMeta(before, 'created') ?? skip('There is no meta.created.')
      expectEqual(readMeta(after, 'created'), old, 'meta.created', after)
    },
  }),
  must('read-changes-nothing', ['R-050'], {
    description: 'Reading a resource doesn’t change its meta.lastModified.',
    rationale: 'Clients that query for changes would receive every resource.',
    remedy: 'Update lastModified only in writes.',
    after: ['rfc/retrieve/by-id'],
    run: ofNewUser('lastModified')(async ({ path, value }, context) => {
      await context.get(path)
      const response = await context.get(path)
      expectEqual(readMeta(response, 'lastModified'), value, 'meta.lastModified', response)
    }),
  }),
  should('modified-moves', ['R-050'], {
    description: 'meta.lastModified increases when the resource changes, and is never before meta.created.',
    rationale: 'Delta queries miss the change.',
    remedy: 'Update lastModified in the same transaction as the change.',
    after: ['rfc/put/replaces', 'rfc/meta/times'],
    run: async context => {
      const text = textAttributeName(context.users)
      const { path, body, sent } = await context.create(context.users, { [text]: context.unique() })
      const created = valueIn(body, 'meta', 'lastModified')
      if (!isDateTime(created)) return skip('There is no meta.lastModified to compare.')
      let response: ScimResponse | undefined
      // Whole seconds are allowed: the resource is changed again until the clock has advanced.
      const moved = await context.eventually(async () => {
        await context.put(path, { ...sent, [text]: context.unique() })
        response = await context.get(path)
        const now = readMeta(response, 'lastModified')
        return isDateTime(now) && Date.parse(now) > Date.parse(created)
      })
      expectThat(moved, 'a later meta.lastModified after a change', created, response)
    },
  }),
  must('given', ['R-047'], {
    description: 'New resources have meta.',
    rationale: 'Clients read the location, the version and the timestamps from it.',
    remedy: 'Include meta in every representation.',
    request: { post: {} },
    expect: { body: { meta: fitting('not omitted', meta => meta !== undefined) } },
  }),
  must('of-client-ignored', ['R-048', 'R-053'], {
    description: 'The server ignores meta in the body of a create.',
    rationale:
      'Clients send back what they have read. The client’s values would overwrite timestamps and types.',
    remedy: 'Ignore meta in request bodies.',
    blame: [{ on: '4xx', remedy: 'Ignore meta in request bodies, and don’t reject them.' }],
    request: { post: { meta: metaOfClient } },
    expect: {
      body: Object.fromEntries(
        Object.entries(metaOfClient).map(([name, sent]) => [
          `meta.${name}`,
          fitting('assigned by the server', value => value !== sent),
        ]),
      ),
    },
  }),
  must('location', ['R-051', 'R-034'], {
    description: 'GET of meta.location, absolute or relative, returns the resource.',
    rationale: 'Clients that follow it would reach the wrong address.',
    remedy: 'Build locations from the URL that the client used, also behind a proxy.',
    after: ['rfc/retrieve/by-id'],
    run: async context => {
      const { id, response } = await context.create(context.users)
      const location = readMeta(response, 'location')
      expectThat(typeof location === 'string', 'meta.location', location, response)
      await expectResolves(context, location, id, response)
    },
  }),
  practice('location-absolute', ['R-051', 'R-034'], {
    description: 'meta.location is an absolute URI.',
    rationale: 'Clients that use it unchanged have no valid URL.',
    remedy: 'Put the scheme and host that the client used before the path.',
    after: ['rfc/meta/location'],
    run: hasMeta('location', 'an absolute URI', value => URL.canParse(String(value))),
  }),
  practice('location-host', ['R-011', 'R-051'], {
    description: 'meta.location has the scheme and host of the client’s request.',
    rationale: 'External clients can’t resolve a host name that only exists on the internal network.',
    remedy:
      'Evaluate X-Forwarded-Proto and X-Forwarded-Host from a trusted proxy, or configure the public URL.',
    after: ['rfc/meta/location'],
    run: ofNewUser('location')(({ response, value }, context) => {
      const { origin } = URL.parse(String(value)) ?? skip('meta.location isn’t an absolute URI.')
      expectEqual(origin, new URL(context.service.url).origin, 'scheme and host', response)
    }),
  }),
  must('content-location', ['R-051'], {
    description: 'A Content-Location or Location header equals meta.location.',
    rationale: 'Clients may use either one.',
    remedy: 'Write both from the same value.',
    after: ['rfc/meta/location'],
    run: async context => {
      const { path, response } = await context.create(context.users)
      for (const one of [response, await context.get(path)])
        for (const name of ['location', 'content-location']) {
          const header = one.headers[name]
          const location = readMeta(one, 'location')
          if (header !== undefined && typeof location === 'string')
            expectEqual(resolved(context, header), resolved(context, location), name, one)
        }
    },
  }),
  should('version', ['R-052'], {
    source: 'RFC 7643 §3.1, RFC 9110 §8.8.3',
    description: 'meta.version is an entity tag: quoted, with the prefix W/ if it is weak.',
    rationale:
      'Clients send it back in If-Match. Proxies and libraries may reject a value that isn’t an entity tag.',
    remedy: 'Return versions as W/"3" or "3".',
    run: hasMeta('version', 'an entity tag', value => /^(W\/)?"[^"]*"$/.test(String(value))),
  }),
  must('type', ['R-053'], {
    source: 'RFC 7643 §3.1, RFC 7644 §3.3.1',
    description: 'meta.resourceType is the name of the resource type.',
    rationale: 'In lists with several types, clients use it to tell resources apart.',
    remedy: 'Set meta.resourceType from the endpoint.',
    ...over(userAndGroup, kind => async context => {
      const { response } = await context.create(context[kind])
      expectEqual(readMeta(response, 'resourceType'), context[kind].name, 'meta.resourceType', response)
    }),
  }),
])

export const commonAttributeChecks: readonly Check[] = [...idChecks, ...metaChecks]
