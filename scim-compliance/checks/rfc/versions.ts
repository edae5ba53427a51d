import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, fail, skip } from '../../expect.ts'
import { patchOpUrn } from '../../scim.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import { expectReplaced, isReplaced, readBody } from '../steps/create-and-read.ts'
import { needPutEffect, skipAsConsequence } from '../steps/prerequisites.ts'
import { overwritten, readEachTime, versionsArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const tagOf = (response: ScimResponse): string =>
  response.headers.etag ?? fail('an ETag header', 'none', response)

/** A response to a write has no representation to tag if it has no body. */
const tagOfWrite = (response: ScimResponse): string =>
  response.status === 204 && response.headers.etag === undefined
    ? skip('The write returns 204, without a resource.')
    : tagOf(response)

/** A user and its current ETag; skips if GET returns none. */
async function createTagged(context: CheckContext) {
  const text = textAttributeName(context.users)
  const made = await context.create(context.users, { [text]: context.unique() })
  const response = await context.get(made.path)
  return { text, made, tag: response.headers.etag ?? skip('GET returns no ETag.') }
}

/** Creates a tagged resource and changes it, so that its ETag is stale. */
async function createOutdated(context: CheckContext) {
  const found = await createTagged(context)
  const value = context.unique()
  const body = { ...found.made.sent, [found.text]: value }
  const response = await context.put(found.made.path, body, { 'if-match': found.tag })
  if (response.status === 412)
    skipAsConsequence('PUT with the current ETag is rejected', 'rfc/versions/current')
  expectReplaced(response)
  return { ...found, value }
}

const changeTagged = (
  context: CheckContext,
  path: string,
  text: string,
  headers: Readonly<Record<string, string>>,
) =>
  context.send('PATCH', path, {
    headers,
    body: {
      schemas: [patchOpUrn],
      Operations: [{ op: 'replace', path: text, value: context.unique() }],
    },
  })

export const versionChangingTagChecks: readonly Check[] = defineChecks(versionsArea, [
  should('changes', ['R-213'], {
    description: 'The ETag changes with the resource.',
    source: 'RFC 9110 §8.8.1',
    rationale: overwritten,
    remedy: 'Create a new version with each change.',
    run: async context => {
      const { made, tag } = await createOutdated(context)
      const response = await context.get(made.path)
      expectThat(response.headers.etag !== tag, `an ETag other than ${tag}`, response.headers.etag, response)
    },
  }),
  should('changes-at-once', ['R-213'], {
    description: 'Two changes in the same second result in two ETags.',
    source: 'RFC 9110 §8.8.1',
    rationale: overwritten,
    remedy: 'Use a counter or a hash of the content, not a timestamp.',
    run: async context => {
      const { made, text } = await createTagged(context)
      const tags: string[] = []
      for (let number = 0; number < 3; number++)
        tags.push(tagOfWrite(await context.put(made.path, { ...made.sent, [text]: context.unique() })))
      expectEqual(new Set(tags).size, 3, 'number of ETags of three changes')
    },
  }),
  practice('whatever-is-shown', ['R-213'], {
    description: 'The ETag doesn’t depend on the requested attributes.',
    source: 'RFC 9110 §8.8.1',
    rationale:
      'Clients that read only some attributes are rejected when they make a change with the ETag they received.',
    remedy: 'Derive ETags from the resource, not from the bytes of a response.',
    run: async context => {
      const { made, tag } = await createTagged(context)
      const response = await context.get(`${made.path}?attributes=userName`)
      const changed = await context.put(made.path, made.sent, { 'if-match': tagOf(response) })
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
])

export const versionEtagChecks: readonly Check[] = defineChecks(versionsArea, [
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
    remedy: 'Return the version in the ETag header of every response that contains a resource.',
    run: async context => {
      const { response, path } = await context.create(context.users)
      expectEqual(tagOf(response), (await context.get(path)).headers.etag, 'ETag', response)
    },
  }),
  must('put', ['R-210'], {
    description: 'PUT returns an ETag.',
    rationale: readEachTime,
    remedy: 'Return the version in the ETag header of every response that contains a resource.',
    run: async context => {
      const made = await context.create(context.users)
      tagOfWrite(
        await context.put(made.path, { ...made.sent, [textAttributeName(context.users)]: context.unique() }),
      )
    },
  }),
  must('patch', ['R-210'], {
    description: 'PATCH returns an ETag.',
    needs: ['patch'],
    rationale: readEachTime,
    remedy: 'Return the version in the ETag header of every response that contains a resource.',
    run: async context => {
      const { path } = await context.create(context.users)
      tagOfWrite(await changeTagged(context, path, textAttributeName(context.users), {}))
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
])

/** Skips if a current If-Match is rejected as well: the rejection of a stale one would then prove nothing. */
async function needCurrentAccepted(context: CheckContext): Promise<void> {
  const { made, tag } = await createTagged(context)
  if (!isReplaced(await context.put(made.path, made.sent, { 'if-match': tag })))
    skipAsConsequence('A current If-Match is rejected as well', 'rfc/versions/current')
}

const expectRejected = (response: ScimResponse): void =>
  expectThat(response.status >= 400, 'a rejection, usually with status 412', response.status, response)

async function expectKept(
  context: CheckContext,
  { path }: CreatedResource,
  text: string,
  value: string,
  response: ScimResponse,
) {
  expectEqual(valueIn(await readBody(context, path), text), value, `${text}, after a rejection,`, response)
}

export const versionPreconditionChecks: readonly Check[] = defineChecks(versionsArea, [
  must('stale-put', ['R-211'], {
    description: 'PUT with a stale If-Match is rejected and changes nothing.',
    rationale: overwritten,
    remedy:
      'Compare If-Match with the current version in the transaction that writes, and return 412 if they differ.',
    run: async context => {
      const { made, text, tag, value } = await createOutdated(context)
      const response = await context.put(made.path, made.sent, { 'if-match': tag })
      expectRejected(response)
      await needCurrentAccepted(context)
      await expectKept(context, made, text, value, response)
    },
  }),
  must('stale-patch', ['R-211'], {
    description: 'PATCH with a stale If-Match is rejected and changes nothing.',
    needs: ['patch'],
    rationale: overwritten,
    remedy:
      'Compare If-Match with the current version in the transaction that writes, and return 412 if they differ.',
    run: async context => {
      const { made, text, tag, value } = await createOutdated(context)
      const response = await changeTagged(context, made.path, text, { 'if-match': tag })
      expectRejected(response)
      await needCurrentAccepted(context)
      await expectKept(context, made, text, value, response)
    },
  }),
  must('stale-delete', ['R-211'], {
    description: 'DELETE with a stale If-Match is rejected and deletes nothing.',
    rationale: 'A user who was just updated is deleted.',
    remedy:
      'Compare If-Match with the current version in the transaction that deletes, and return 412 if they differ.',
    run: async context => {
      const { made, text, tag, value } = await createOutdated(context)
      const response = await context.delete(made.path, { 'if-match': tag })
      expectRejected(response)
      await needCurrentAccepted(context)
      await expectKept(context, made, text, value, response)
    },
  }),
  should('stale-answers-412', ['R-211'], {
    description: 'PUT with a stale If-Match returns 412.',
    source: 'RFC 7644 §3.12, table 8; RFC 9110 §13.1.1',
    rationale: 'With another status, clients can’t tell that another client has changed the resource.',
    remedy: 'Return 412 if the version differs.',
    run: async context => {
      const { made, tag } = await createOutdated(context)
      const response = await context.put(made.path, made.sent, { 'if-match': tag })
      if (response.status < 400) skipAsConsequence('The request succeeds', 'rfc/versions/stale-put')
      expectStatus(response, 412)
    },
  }),
  should('current', ['R-211'], {
    description: 'PUT with the current ETag in If-Match succeeds.',
    rationale: 'Clients that use versions can’t change anything.',
    remedy: 'Compare If-Match with the ETag exactly as you returned it, including weak ones.',
    run: async context => {
      const { made, tag } = await createTagged(context)
      await needPutEffect(context)
      expectReplaced(await context.put(made.path, made.sent, { 'if-match': tag }))
    },
  }),
  should('any', ['R-211'], {
    description: '`If-Match: *` matches every existing resource.',
    source: 'RFC 9110 §13.1.1',
    rationale: 'Clients that only want to change existing resources are rejected.',
    remedy: 'Let * match every existing resource.',
    run: async context => {
      const { made } = await createTagged(context)
      await needPutEffect(context)
      expectReplaced(await context.put(made.path, made.sent, { 'if-match': '*' }))
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
    run: async context => {
      const { made, tag } = await createOutdated(context)
      expectStatus(await context.get(made.path, { 'if-none-match': tag }), 200)
    },
  }),
])
