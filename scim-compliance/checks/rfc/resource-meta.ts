import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectThat, skip } from '../../expect.ts'
import { over } from '../forms.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import { isReplaced, postCreated, userAndGroup } from '../steps/create-and-read.ts'
import { metaArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'
import { expectResolves, resolved } from './groups.ts'

const readMeta = ({ body }: ScimResponse | CreatedResource, name: string) => valueIn(body, 'meta', name)

async function newMeta(context: CheckContext, name: string) {
  const { path, response } = await context.create(context.users)
  return { path, response, value: readMeta(response, name) ?? skip(`There is no meta.${name}.`) }
}

const isDateTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(value) &&
  !Number.isNaN(Date.parse(value))

const givenArea = { ...metaArea, after: ['probe/create', 'rfc/meta/given'] } as const

const identityChecks = defineChecks(givenArea, [
  must('given', ['R-047'], {
    description: 'New resources have meta.',
    rationale: 'Clients read the location, the version and the timestamps from it.',
    remedy: 'Include meta in every representation.',
    run: async context => {
      const { response } = await context.create(context.users)
      expectThat(valueIn(response.body, 'meta') !== undefined, 'meta', response.text, response, 'missing')
    },
  }),
  must('of-client-ignored', ['R-048', 'R-053'], {
    description: 'The server ignores meta in the body of a create.',
    rationale:
      'Clients send back what they have read. The client’s values would overwrite timestamps and types.',
    remedy: 'Ignore meta in request bodies.',
    blame: [{ on: '4xx', remedy: 'Ignore meta in request bodies, and don’t reject them.' }],
    run: async context => {
      const old = '2001-01-01T00:00:00Z'
      const location = 'https://example.com/x'
      const meta = { created: old, lastModified: old, resourceType: 'Robot', location }
      const response = await postCreated(context, context.users, context.sample(context.users, { meta }))
      for (const [name, value] of Object.entries(meta))
        expectThat(readMeta(response, name) !== value, `meta.${name} assigned by the server`, value, response)
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
    run: async context => {
      const { response, value } = await newMeta(context, 'location')
      expectThat(URL.canParse(String(value)), 'an absolute URI', value, response)
    },
  }),
  practice('location-host', ['R-011', 'R-051'], {
    description: 'meta.location has the scheme and host of the client’s request.',
    rationale: 'External clients can’t resolve a host name that only exists on the internal network.',
    remedy:
      'Evaluate X-Forwarded-Proto and X-Forwarded-Host from a trusted proxy, or configure the public URL.',
    after: ['rfc/meta/location'],
    run: async context => {
      const { response, value } = await newMeta(context, 'location')
      const { origin } = URL.parse(String(value)) ?? skip('meta.location isn’t an absolute URI.')
      expectEqual(origin, new URL(context.service.url).origin, 'scheme and host', response)
    },
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
    run: async context => {
      const { response, value } = await newMeta(context, 'version')
      expectThat(/^(W\/)?"[^"]*"$/.test(String(value)), 'an entity tag', value, response)
    },
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

const timeChecks = defineChecks(givenArea, [
  must('times', ['R-032', 'R-049', 'R-050'], {
    description: 'meta.created and meta.lastModified are xsd:dateTime values with date and time.',
    rationale: 'A typed client can’t parse the whole resource if a date has another format.',
    remedy: 'Return both in the form 2030-01-31T12:00:00Z.',
    ...over({ created: 'created', lastModified: 'lastModified' }, name => async context => {
      const { response, value } = await newMeta(context, name)
      expectThat(isDateTime(value), `meta.${name}, an xsd:dateTime`, value, response)
    }),
  }),
  must('times-equal', ['R-050'], {
    description: 'meta.lastModified of an unmodified resource equals meta.created.',
    rationale: 'Clients compare the two to see whether a resource has changed since its creation.',
    remedy: 'Set both timestamps to the same value when you create a resource.',
    run: async context => {
      const { response, value } = await newMeta(context, 'created')
      expectEqual(readMeta(response, 'lastModified'), value, 'meta.lastModified', response)
    },
  }),
  must('created-stays', ['R-049'], {
    description: 'meta.created doesn’t change when the resource changes.',
    rationale: 'Audits and license reports rely on it.',
    remedy: 'Set created only when you create the resource.',
    after: ['rfc/put/replaces', 'rfc/meta/times'],
    run: async context => {
      const { before, after } = await whenChanged(context)
      if (readMeta(before, 'created') === undefined) skip('There is no meta.created.')
      expectEqual(readMeta(after, 'created'), readMeta(before, 'created'), 'meta.created', after)
    },
  }),
  must('read-changes-nothing', ['R-050'], {
    description: 'Reading a resource doesn’t change its meta.lastModified.',
    rationale: 'Clients that query for changes would receive every resource.',
    remedy: 'Update lastModified only in writes.',
    after: ['rfc/retrieve/by-id'],
    run: async context => {
      const { path, value } = await newMeta(context, 'lastModified')
      await context.get(path)
      const response = await context.get(path)
      expectEqual(readMeta(response, 'lastModified'), value, 'meta.lastModified', response)
    },
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
])

async function whenChanged(context: CheckContext) {
  const text = textAttributeName(context.users)
  const before = await context.create(context.users, { [text]: context.unique() })
  const changed = await context.put(before.path, { ...before.sent, [text]: context.unique() })
  if (!isReplaced(changed)) skip(`PUT returns ${changed.status}.`)
  return { before, after: await context.get(before.path) }
}

export const metaChecks: readonly Check[] = [...timeChecks, ...identityChecks]
