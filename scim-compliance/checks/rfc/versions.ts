import type { Check, CheckContext, HttpHeaders, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, fail, skip } from '../../expect.ts'
import { patchOpUrn } from '../../scim.ts'
import { over } from '../forms.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import { expectReplaced, readBody } from '../steps/create-and-read.ts'
import { replace } from '../steps/patches.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, practice, should, withFixture } from './define-checks.ts'

const tagOf = (response: ScimResponse): string =>
  response.headers.etag ?? fail('an ETag header', 'none', response, 'missing')

/** A response to a write has no representation to tag if it has no body. */
const tagOfWrite = (response: ScimResponse): string =>
  response.status === 204 && response.headers.etag === undefined
    ? skip('The write returns 204, without a resource.')
    : tagOf(response)

/** A user with its current ETag, and writes of another string. */
async function createTagged(context: CheckContext) {
  const text = textAttributeName(context.users)
  const made = await context.create(context.users, { [text]: context.unique() })
  const { headers } = await context.get(made.path)
  return {
    made,
    text,
    tag: headers.etag ?? skip('GET returns no ETag.', 'rfc/versions/get'),
    put: (headers: HttpHeaders = {}, value = context.unique()) =>
      context.put(made.path, { ...made.sent, [text]: value }, headers),
    patch: (headers: HttpHeaders = {}) => {
      const Operations = [replace(text, context.unique())]
      return context.send('PATCH', made.path, { headers, body: { schemas: [patchOpUrn], Operations } })
    },
    remove: (headers: HttpHeaders) => context.delete(made.path, headers),
  }
}

/** The same after a change, so that `tag` is stale. */
async function createOutdated(context: CheckContext) {
  const found = await createTagged(context)
  const value = context.unique()
  expectReplaced(await found.put({ 'if-match': found.tag }, value))
  return { ...found, value }
}

const whenTagged = withFixture(createTagged)
const whenOutdated = withFixture(createOutdated)

const everyResponse = 'Return the version in the ETag header of every response that contains a resource.'

const versionsArea = area('versions', 'Versions', 'RFC 7644 §3.14', {
  needs: [...userNeeds, 'etag'],
  after: ['rfc/discovery/offers-etag', 'rfc/versions/get'],
  rationale: 'Clients that store versions read everything again each time or never notice a change.',
})

const readChecks = defineChecks(versionsArea, [
  must('get', ['R-210'], {
    description: 'GET returns an ETag.',
    remedy: 'Return the version in the ETag header.',
    run: async context => {
      const { path } = await context.create(context.users)
      tagOf(await context.get(path))
    },
  }),
  must('create', ['R-210'], {
    description: 'POST returns an ETag, equal to that of a GET.',
    remedy: everyResponse,
    run: async context => {
      const { response, path } = await context.create(context.users)
      expectEqual(tagOf(response), (await context.get(path)).headers.etag, 'ETag', response)
    },
  }),
  must('put', ['R-210'], {
    description: 'PUT returns an ETag.',
    remedy: everyResponse,
    after: ['rfc/put/replaces'],
    run: whenTagged(async ({ put }) => tagOfWrite(await put())),
  }),
  must('patch', ['R-210'], {
    description: 'PATCH returns an ETag.',
    needs: ['patch'],
    remedy: everyResponse,
    after: ['probe/patch'],
    run: whenTagged(async ({ patch }) => tagOfWrite(await patch())),
  }),
  should('meta-version', ['R-210'], {
    description: 'meta.version equals the ETag.',
    rationale: 'Clients that read lists know only meta.version, and are rejected when they send it back.',
    remedy: 'Return the ETag, including its quotes, in meta.version.',
    run: whenTagged(async ({ made, tag }, context) =>
      expectEqual(valueIn(await readBody(context, made.path), 'meta', 'version'), tag, 'meta.version'),
    ),
  }),
  should('nothing-changed', ['R-213'], {
    description: 'Reading doesn’t change the ETag.',
    source: 'RFC 9110 §8.8.1',
    remedy: 'Create a new version only if something has changed.',
    run: whenTagged(async ({ made, tag }, context) => {
      const response = await context.get(made.path)
      expectEqual(tagOf(response), tag, 'ETag', response)
    }),
  }),
  should('not-modified', ['R-212'], {
    description: 'GET with the current ETag in If-None-Match returns 304 without a body.',
    rationale: 'Clients download again what they already have.',
    remedy: 'Compare If-None-Match with the current version, and return 304 if they match.',
    run: whenTagged(async ({ made, tag }, context) => {
      const response = await context.get(made.path, { 'if-none-match': tag })
      expectStatus(response, 304)
      expectEqual(response.text, '', 'body', response)
    }),
  }),
  should('modified', ['R-212', 'R-213'], {
    description: 'GET with a stale ETag in If-None-Match returns 200 and the resource.',
    source: 'RFC 9110 §13.1.2',
    remedy: 'Return 304 only if the ETag is the current one.',
    after: ['rfc/versions/changes'],
    run: whenOutdated(async ({ made, tag }, context) =>
      expectStatus(await context.get(made.path, { 'if-none-match': tag }), 200),
    ),
  }),
])

const overwritten = 'Two administrators change the same user, and one change is overwritten silently.'

const changeArea = { ...versionsArea, source: 'RFC 9110 §8.8.1', rationale: overwritten }

const changeChecks = defineChecks(changeArea, [
  should('changes', ['R-213'], {
    description: 'The ETag changes with the resource.',
    remedy: 'Create a new version with each change.',
    after: ['rfc/versions/current'],
    run: whenOutdated(async ({ made, tag }, context) => {
      const response = await context.get(made.path)
      const { etag } = response.headers
      expectThat(etag !== tag, `an ETag other than ${tag}`, etag, response, 'without effect')
    }),
  }),
  should('changes-at-once', ['R-213'], {
    description: 'Two changes in the same second result in two ETags.',
    remedy: 'Use a counter or a hash of the content, not a timestamp.',
    after: ['rfc/versions/changes', 'rfc/versions/put'],
    run: whenTagged(async ({ put }) => {
      const tags = new Set([tagOfWrite(await put()), tagOfWrite(await put()), tagOfWrite(await put())])
      expectEqual(tags.size, 3, 'number of ETags of three changes')
    }),
  }),
  practice('whatever-is-shown', ['R-213'], {
    description: 'The ETag doesn’t depend on the requested attributes.',
    rationale:
      'Clients that read only some attributes are rejected when they make a change with the ETag they received.',
    remedy: 'Derive ETags from the resource, not from the bytes of a response.',
    after: ['rfc/versions/changes'],
    run: whenTagged(async ({ made, tag, put }, context) => {
      const response = await context.get(`${made.path}?attributes=userName`)
      const changed = await put({ 'if-match': tagOf(response) })
      expectEqual(tagOf(response), tag, 'ETag', response)
      expectReplaced(changed)
    }),
  }),
])

const writeChecks = defineChecks(versionsArea, [
  should('current', ['R-211'], {
    description: 'PUT with the current ETag in If-Match succeeds.',
    rationale: 'Clients that use versions can’t change anything.',
    remedy: 'Compare If-Match with the ETag exactly as you returned it, including weak ones.',
    after: ['rfc/put/replaces'],
    run: whenOutdated(() => undefined),
  }),
  should('any', ['R-211'], {
    description: '`If-Match: *` matches every existing resource.',
    source: 'RFC 9110 §13.1.1',
    rationale: 'Clients that only want to change existing resources are rejected.',
    remedy: 'Let * match every existing resource.',
    after: ['rfc/versions/current'],
    run: whenTagged(async ({ put }) => expectReplaced(await put({ 'if-match': '*' }))),
  }),
  must('stale', ['R-211'], {
    description: 'PUT, PATCH and DELETE with a stale If-Match are rejected and change nothing.',
    rationale: `${overwritten} Or a user who was just updated is deleted.`,
    remedy:
      'Compare If-Match with the current version in the transaction that writes, and return 412 if they differ.',
    after: ['rfc/versions/changes'],
    ...over({ PUT: 'put', PATCH: 'patch', DELETE: 'remove' } as const, (write, method) => async context => {
      if (method === 'PATCH' && !(await context.probe('probe/patch')).holds) skip('PATCH isn’t supported.')
      const outdated = await createOutdated(context)
      const { made, tag, text, value } = outdated
      const response = await outdated[write]({ 'if-match': tag })
      expectThat(response.status >= 400, 'a rejection, usually with status 412', response.status, response)
      const stored = valueIn(await readBody(context, made.path), text)
      expectEqual(stored, value, `${text}, after a rejection,`, response)
    }),
  }),
  should('stale-answers-412', ['R-211'], {
    description: 'PUT with a stale If-Match returns 412.',
    source: 'RFC 7644 §3.12, table 8; RFC 9110 §13.1.1',
    rationale: 'With another status, clients can’t tell that another client has changed the resource.',
    remedy: 'Return 412 if the version differs.',
    after: ['rfc/versions/stale'],
    run: whenOutdated(async ({ put, tag }) => expectStatus(await put({ 'if-match': tag }), 412)),
  }),
])

export const versionChecks: readonly Check[] = [...readChecks, ...changeChecks, ...writeChecks]
