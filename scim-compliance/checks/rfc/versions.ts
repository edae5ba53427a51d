import type { Check, CheckContext, HttpHeaders, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, fail, skip } from '../../expect.ts'
import { patchOpUrn } from '../../scim.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import { expectReplaced, readBody } from '../steps/create-and-read.ts'
import { replace } from '../steps/patches.ts'
import { overwritten, readEachTime, versionsArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

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

/** A write with a stale If-Match is rejected, and the change before it stays. */
const refusesStale =
  (
    write: (
      outdated: Awaited<ReturnType<typeof createOutdated>>,
      stale: HttpHeaders,
    ) => Promise<ScimResponse>,
  ): Check['run'] =>
  async context => {
    const outdated = await createOutdated(context)
    const { made, tag, text, value } = outdated
    const response = await write(outdated, { 'if-match': tag })
    expectThat(response.status >= 400, 'a rejection, usually with status 412', response.status, response)
    const stored = valueIn(await readBody(context, made.path), text)
    expectEqual(stored, value, `${text}, after a rejection,`, response)
  }

/** All follow `get`, except itself. */
const taggedArea = { ...versionsArea, after: ['rfc/discovery/offers-etag', 'rfc/versions/get'] }

const compare =
  'Compare If-Match with the current version in the transaction that writes, and return 412 if they differ.'

const everyResponse = 'Return the version in the ETag header of every response that contains a resource.'

export const versionChecks: readonly Check[] = defineChecks(taggedArea, [
  must('get', ['R-210'], {
    description: 'GET returns an ETag.',
    rationale: readEachTime,
    remedy: 'Return the version in the ETag header.',
    run: async context => {
      tagOf(await context.get((await context.create(context.users)).path))
    },
  }),
  must('create', ['R-210'], {
    description: 'POST returns an ETag, equal to that of a GET.',
    rationale: readEachTime,
    remedy: everyResponse,
    run: async context => {
      const { response, path } = await context.create(context.users)
      expectEqual(tagOf(response), (await context.get(path)).headers.etag, 'ETag', response)
    },
  }),
  must('put', ['R-210'], {
    description: 'PUT returns an ETag.',
    rationale: readEachTime,
    remedy: everyResponse,
    after: ['rfc/put/replaces'],
    run: async context => {
      tagOfWrite(await (await createTagged(context)).put())
    },
  }),
  must('patch', ['R-210'], {
    description: 'PATCH returns an ETag.',
    needs: ['patch'],
    rationale: readEachTime,
    remedy: everyResponse,
    after: ['probe/patch'],
    run: async context => {
      tagOfWrite(await (await createTagged(context)).patch())
    },
  }),
  should('meta-version', ['R-210'], {
    description: 'meta.version equals the ETag.',
    rationale: 'Clients that read lists know only meta.version, and are rejected when they send it back.',
    remedy: 'Return the ETag, including its quotes, in meta.version.',
    run: async context => {
      const { made, tag } = await createTagged(context)
      expectEqual(valueIn(await readBody(context, made.path), 'meta', 'version'), tag, 'meta.version')
    },
  }),
  should('current', ['R-211'], {
    description: 'PUT with the current ETag in If-Match succeeds.',
    rationale: 'Clients that use versions can’t change anything.',
    remedy: 'Compare If-Match with the ETag exactly as you returned it, including weak ones.',
    after: ['rfc/put/replaces'],
    run: async context => {
      await createOutdated(context)
    },
  }),
  should('any', ['R-211'], {
    description: '`If-Match: *` matches every existing resource.',
    source: 'RFC 9110 §13.1.1',
    rationale: 'Clients that only want to change existing resources are rejected.',
    remedy: 'Let * match every existing resource.',
    after: ['rfc/versions/current'],
    run: async context => {
      const { put } = await createTagged(context)
      expectReplaced(await put({ 'if-match': '*' }))
    },
  }),
  should('changes', ['R-213'], {
    description: 'The ETag changes with the resource.',
    source: 'RFC 9110 §8.8.1',
    rationale: overwritten,
    remedy: 'Create a new version with each change.',
    after: ['rfc/versions/current'],
    run: async context => {
      const { made, tag } = await createOutdated(context)
      const response = await context.get(made.path)
      const { etag } = response.headers
      expectThat(etag !== tag, `an ETag other than ${tag}`, etag, response, 'without effect')
    },
  }),
  should('changes-at-once', ['R-213'], {
    description: 'Two changes in the same second result in two ETags.',
    source: 'RFC 9110 §8.8.1',
    rationale: overwritten,
    remedy: 'Use a counter or a hash of the content, not a timestamp.',
    after: ['rfc/versions/changes', 'rfc/versions/put'],
    run: async context => {
      const { put } = await createTagged(context)
      const tags: string[] = []
      for (let number = 0; number < 3; number++) tags.push(tagOfWrite(await put()))
      expectEqual(new Set(tags).size, 3, 'number of ETags of three changes')
    },
  }),
  practice('whatever-is-shown', ['R-213'], {
    description: 'The ETag doesn’t depend on the requested attributes.',
    source: 'RFC 9110 §8.8.1',
    rationale:
      'Clients that read only some attributes are rejected when they make a change with the ETag they received.',
    remedy: 'Derive ETags from the resource, not from the bytes of a response.',
    after: ['rfc/versions/changes'],
    run: async context => {
      const { made, tag, put } = await createTagged(context)
      const response = await context.get(`${made.path}?attributes=userName`)
      const changed = await put({ 'if-match': tagOf(response) })
      expectEqual(tagOf(response), tag, 'ETag', response)
      expectReplaced(changed)
    },
  }),
  should('nothing-changed', ['R-213'], {
    description: 'Reading doesn’t change the ETag.',
    source: 'RFC 9110 §8.8.1',
    rationale: readEachTime,
    remedy: 'Create a new version only if something has changed.',
    run: async context => {
      const { made, tag } = await createTagged(context)
      const response = await context.get(made.path)
      expectEqual(tagOf(response), tag, 'ETag', response)
    },
  }),
  must('stale-put', ['R-211'], {
    description: 'PUT with a stale If-Match is rejected and changes nothing.',
    rationale: overwritten,
    remedy: compare,
    after: ['rfc/versions/changes'],
    run: refusesStale(({ put }, stale) => put(stale)),
  }),
  must('stale-patch', ['R-211'], {
    description: 'PATCH with a stale If-Match is rejected and changes nothing.',
    needs: ['patch'],
    rationale: overwritten,
    remedy: compare,
    after: ['rfc/versions/stale-put', 'probe/patch'],
    run: refusesStale(({ patch }, stale) => patch(stale)),
  }),
  must('stale-delete', ['R-211'], {
    description: 'DELETE with a stale If-Match is rejected and deletes nothing.',
    rationale: 'A user who was just updated is deleted.',
    remedy: compare,
    after: ['rfc/versions/stale-put'],
    run: refusesStale(({ remove }, stale) => remove(stale)),
  }),
  should('stale-answers-412', ['R-211'], {
    description: 'PUT with a stale If-Match returns 412.',
    source: 'RFC 7644 §3.12, table 8; RFC 9110 §13.1.1',
    rationale: 'With another status, clients can’t tell that another client has changed the resource.',
    remedy: 'Return 412 if the version differs.',
    after: ['rfc/versions/stale-put'],
    run: async context => {
      const { put, tag } = await createOutdated(context)
      expectStatus(await put({ 'if-match': tag }), 412)
    },
  }),
  should('not-modified', ['R-212'], {
    description: 'GET with the current ETag in If-None-Match returns 304 without a body.',
    rationale: 'Clients download again what they already have.',
    remedy: 'Compare If-None-Match with the current version, and return 304 if they match.',
    run: async context => {
      const { made, tag } = await createTagged(context)
      const response = await context.get(made.path, { 'if-none-match': tag })
      expectStatus(response, 304)
      expectEqual(response.text, '', 'body', response)
    },
  }),
  should('modified', ['R-212', 'R-213'], {
    description: 'GET with a stale ETag in If-None-Match returns 200 and the resource.',
    source: 'RFC 9110 §13.1.2',
    rationale: readEachTime,
    remedy: 'Return 304 only if the ETag is the current one.',
    after: ['rfc/versions/changes'],
    run: async context => {
      const { made, tag } = await createOutdated(context)
      expectStatus(await context.get(made.path, { 'if-none-match': tag }), 200)
    },
  }),
])
