import { fail, skip } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { patchOpUrn } from '../../../urns.ts'
import { textOf } from '../../tools/attributes.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { expectReplaced } from '../../tools/puts.ts'

/** The tag of a response that has a resource. */
export const tagOf = (answer: Answer): string => answer.headers.etag ?? fail('an ETag header', 'none', answer)

/** The same of a write; a response without a body has nothing that a tag would be of. */
export const tagOfWrite = (answer: Answer): string =>
  answer.status === 204 && answer.headers.etag === undefined
    ? skip('The write is answered with 204, without a resource.')
    : tagOf(answer)

/** Somebody, and the tag of how they are; skips where GET has none. */
export async function tagged(stage: Stage) {
  const text = textOf(stage.users)
  const made = await stage.create(stage.users, { [text]: stage.unique() })
  const answer = await stage.get(made.path)
  return { text, made, tag: answer.headers.etag ?? skip('GET is answered without an ETag.') }
}

/** The same, changed meanwhile: the tag is stale. */
export async function outdated(stage: Stage) {
  const found = await tagged(stage)
  const value = stage.unique()
  const body = { ...found.made.sent, [found.text]: value }
  const answer = await stage.put(found.made.path, body, { 'if-match': found.tag })
  if (answer.status === 412) followsFrom('PUT with the current tag is refused', 'rfc/versions/current')
  expectReplaced(answer)
  return { ...found, value }
}

export const change = (stage: Stage, path: string, text: string, headers: Readonly<Record<string, string>>) =>
  stage.send('PATCH', path, {
    headers,
    body: {
      schemas: [patchOpUrn],
      Operations: [{ op: 'replace', path: text, value: stage.unique() }],
    },
  })
