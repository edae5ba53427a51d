import type { Check } from '../../../check.ts'
import { expectEqual, expectThat } from '../../../expect.ts'
import { expectReplaced } from '../../tools/puts.ts'
import { checksOf } from '../checks-of.ts'
import { overwritten, readEachTime, versionsArea } from './areas.ts'
import { outdated, tagged, tagOf, tagOfWrite } from './tagged.ts'

export const checks: readonly Check[] = checksOf(versionsArea, [
  {
    id: 'changes',
    level: 'SHOULD',
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
    level: 'SHOULD',
    says: 'Two changes in the same second make two tags.',
    source: 'RFC 9110 §8.8.1',
    requirements: ['R-213'],
    matters: overwritten,
    mend: 'Count changes, or hash the content; don’t make tags of times.',
    run: async stage => {
      const { made, text } = await tagged(stage)
      const tags: string[] = []
      for (let number = 0; number < 3; number++)
        tags.push(tagOfWrite(await stage.put(made.path, { ...made.sent, [text]: stage.unique() })))
      expectEqual(new Set(tags).size, 3, 'number of tags of three changes')
    },
  },
  {
    id: 'whatever-is-shown',
    level: 'practice',
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
      expectReplaced(changed)
    },
  },
  {
    id: 'nothing-changed',
    level: 'SHOULD',
    says: 'Reading doesn’t change the tag.',
    source: 'RFC 9110 §8.8.1',
    requirements: ['R-213'],
    matters: readEachTime,
    mend: 'Make a new version with each change, and with nothing else.',
    run: async stage => {
      const { made, tag } = await tagged(stage)
      const answer = await stage.get(made.path)
      expectEqual(tagOf(answer), tag, 'ETag', answer)
    },
  },
])
