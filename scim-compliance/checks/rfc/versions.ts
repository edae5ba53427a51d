import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, fail, skip } from '../../expect.ts'
import type { Answer, Made, Stage } from '../../stage.ts'
import { patchOpUrn } from '../../urns.ts'
import { at, textOf } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { readAgain } from '../tools/read.ts'

const overwritten =
  'Two administrators change the same person, and one’s change is overwritten without a word.'
const read = 'Clients that keep versions read everything again each time, or never see a change.'

const tagOf = (answer: Answer): string => answer.headers.etag ?? fail('an ETag header', 'none', answer)

/** Somebody, and the tag of how they are; skips where GET has none, which is looked at elsewhere. */
async function tagged(stage: Stage) {
  const text = textOf(stage.users)
  const made = await stage.create(stage.users, { [text]: stage.unique() })
  const answer = await stage.get(made.path)
  return { text, made, tag: answer.headers.etag ?? skip('GET is answered without an ETag.') }
}

/** The same, changed meanwhile: the tag is stale. */
async function outdated(stage: Stage) {
  const found = await tagged(stage)
  const value = stage.unique()
  expectStatus(await stage.put(found.made.path, { ...found.made.sent, [found.text]: value }), 200)
  return { ...found, value }
}

const change = (stage: Stage, path: string, text: string, headers: Readonly<Record<string, string>>) =>
  stage.send('PATCH', path, {
    headers,
    body: {
      schemas: [patchOpUrn],
      Operations: [{ op: 'replace', path: text, value: stage.unique() }],
    },
  })

async function expectKept(stage: Stage, { path }: Made, text: string, value: string, answer: Answer) {
  expectEqual(at(await readAgain(stage, path), text), value, `${text}, after a refusal,`, answer)
}

export const checks: readonly Check[] = checksOf(
  {
    area: 'versions',
    section: 'Versions',
    source: 'RFC 7644 §3.14',
    needs: ['write', 'users', 'etag'],
  },
  [
    {
      id: 'get',
      level: 'MUST',
      says: 'GET is answered with an ETag.',
      requirements: ['R-210'],
      matters: read,
      mend: 'Send the version in the ETag header.',
      run: async stage => {
        tagOf(await stage.get((await stage.create(stage.users)).path))
      },
    },
    {
      id: 'create',
      level: 'MUST',
      says: 'POST is answered with an ETag, that of the resource as GET has it.',
      requirements: ['R-210'],
      matters: read,
      mend: 'Send the version in the ETag header of every answer that has a resource.',
      run: async stage => {
        const { answer, path } = await stage.create(stage.users)
        expectEqual(tagOf(answer), (await stage.get(path)).headers.etag, 'ETag', answer)
      },
    },
    {
      id: 'put',
      level: 'MUST',
      says: 'PUT is answered with an ETag.',
      requirements: ['R-210'],
      matters: read,
      mend: 'Send the version in the ETag header of every answer that has a resource.',
      run: async stage => {
        const made = await stage.create(stage.users)
        tagOf(await stage.put(made.path, { ...made.sent, [textOf(stage.users)]: stage.unique() }))
      },
    },
    {
      id: 'patch',
      level: 'MUST',
      says: 'PATCH is answered with an ETag.',
      requirements: ['R-210'],
      needs: ['patch'],
      matters: read,
      mend: 'Send the version in the ETag header of every answer that has a resource.',
      run: async stage => {
        const { path } = await stage.create(stage.users)
        tagOf(await change(stage, path, textOf(stage.users), {}))
      },
    },
    {
      id: 'meta-version',
      level: 'SHOULD',
      says: 'meta.version is the same as the ETag.',
      requirements: ['R-210'],
      matters: 'Clients that read lists know only meta.version, and are refused when they send it back.',
      mend: 'Put the ETag, quotes and all, into meta.version.',
      run: async stage => {
        const { made, tag } = await tagged(stage)
        expectEqual(at(await readAgain(stage, made.path), 'meta', 'version'), tag, 'meta.version')
      },
    },
    {
      id: 'stale-put',
      level: 'MUST',
      says: 'PUT with a stale If-Match is 412 and changes nothing.',
      requirements: ['R-211'],
      matters: overwritten,
      mend: 'Compare If-Match with the current version before you write.',
      run: async stage => {
        const { made, text, tag, value } = await outdated(stage)
        const answer = await stage.put(made.path, made.sent, { 'if-match': tag })
        expectStatus(answer, 412)
        await expectKept(stage, made, text, value, answer)
      },
    },
    {
      id: 'stale-patch',
      level: 'MUST',
      says: 'PATCH with a stale If-Match is 412 and changes nothing.',
      requirements: ['R-211'],
      needs: ['patch'],
      matters: overwritten,
      mend: 'Compare If-Match with the current version before you write.',
      run: async stage => {
        const { made, text, tag, value } = await outdated(stage)
        const answer = await change(stage, made.path, text, { 'if-match': tag })
        expectStatus(answer, 412)
        await expectKept(stage, made, text, value, answer)
      },
    },
    {
      id: 'stale-delete',
      level: 'MUST',
      says: 'DELETE with a stale If-Match is 412 and deletes nothing.',
      requirements: ['R-211'],
      matters: 'Somebody who was just taken on again is deleted.',
      mend: 'Compare If-Match with the current version before you delete.',
      run: async stage => {
        const { made, text, tag, value } = await outdated(stage)
        const answer = await stage.delete(made.path, { 'if-match': tag })
        expectStatus(answer, 412)
        await expectKept(stage, made, text, value, answer)
      },
    },
    {
      id: 'current',
      level: 'MUST',
      says: 'PUT with the current tag as If-Match succeeds.',
      requirements: ['R-211'],
      matters: 'Clients that are careful can’t change anything.',
      mend: 'Compare If-Match with the tag as you sent it, weak ones too.',
      run: async stage => {
        const { made, tag } = await tagged(stage)
        expectStatus(await stage.put(made.path, made.sent, { 'if-match': tag }), 200)
      },
    },
    {
      id: 'any',
      level: 'MUST',
      says: '`If-Match: *` matches whatever there is.',
      source: 'RFC 9110 §13.1.1',
      requirements: ['R-211'],
      matters: 'Clients that only want to change what exists are refused.',
      mend: 'Let * match every resource that exists.',
      run: async stage => {
        const { made } = await tagged(stage)
        expectStatus(await stage.put(made.path, made.sent, { 'if-match': '*' }), 200)
      },
    },
    {
      id: 'not-modified',
      level: 'SHOULD',
      says: 'GET with the current tag as If-None-Match is 304 without a body.',
      requirements: ['R-212'],
      matters: 'Clients read again what they have.',
      mend: 'Compare If-None-Match with the current version, and answer 304.',
      run: async stage => {
        const { made, tag } = await tagged(stage)
        const answer = await stage.get(made.path, { 'if-none-match': tag })
        expectStatus(answer, 304)
        expectEqual(answer.text, '', 'body', answer)
      },
    },
    {
      id: 'modified',
      level: 'MUST',
      says: 'GET with a stale tag as If-None-Match is 200 with the resource.',
      source: 'RFC 9110 §13.1.2',
      requirements: ['R-212', 'R-213'],
      matters: read,
      mend: 'Answer 304 only when the tag is the current one.',
      run: async stage => {
        const { made, tag } = await outdated(stage)
        expectStatus(await stage.get(made.path, { 'if-none-match': tag }), 200)
      },
    },
    {
      id: 'changes',
      level: 'MUST',
      says: 'The tag changes with the resource.',
      source: 'RFC 9110 §8.8.1',
      requirements: ['R-213'],
      matters: overwritten,
      mend: 'Make a new version with each change.',
      run: async stage => {
        const { made, tag } = await outdated(stage)
        const answer = await stage.get(made.path)
        expectThat(answer.headers.etag !== tag, `another ETag than ${tag}`, answer.headers.etag, answer)
      },
    },
    {
      id: 'changes-at-once',
      level: 'MUST',
      says: 'Two changes in the same second make two tags.',
      source: 'RFC 9110 §8.8.1',
      requirements: ['R-213'],
      matters: overwritten,
      mend: 'Count changes, or hash the content; don’t make tags of times.',
      run: async stage => {
        const { made, text } = await tagged(stage)
        const tags: string[] = []
        for (let number = 0; number < 3; number++)
          tags.push(tagOf(await stage.put(made.path, { ...made.sent, [text]: stage.unique() })))
        expectEqual(new Set(tags).size, 3, 'number of tags of three changes')
      },
    },
    {
      id: 'whatever-is-shown',
      level: 'MUST',
      says: 'The tag is the same whatever attributes are asked for.',
      source: 'RFC 9110 §8.8.1',
      requirements: ['R-213'],
      matters: 'Clients that read a part are refused when they change something by its tag.',
      mend: 'Make tags of the resource, not of the bytes of an answer.',
      run: async stage => {
        const { made, tag } = await tagged(stage)
        const answer = await stage.get(`${made.path}?attributes=userName`)
        const changed = await stage.put(made.path, made.sent, { 'if-match': tagOf(answer) })
        expectEqual(tagOf(answer), tag, 'ETag', answer)
        expectStatus(changed, 200)
      },
    },
    {
      id: 'nothing-changed',
      level: 'SHOULD',
      says: 'Reading doesn’t change the tag.',
      source: 'RFC 9110 §8.8.1',
      requirements: ['R-213'],
      matters: read,
      mend: 'Make a new version with each change, and with nothing else.',
      run: async stage => {
        const { made, tag } = await tagged(stage)
        const answer = await stage.get(made.path)
        expectEqual(tagOf(answer), tag, 'ETag', answer)
      },
    },
  ],
)
