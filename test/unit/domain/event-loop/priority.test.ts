import { getPriority } from 'node:os'
import t from 'tap'
import { type FileThreadStart, resultOfThread } from '../../../../src/domain/event-loop/file-thread.ts'
import { readRowsInThread } from '../../../../src/traffic/session-import/rows-in-thread.ts'

const start = (data: string): FileThreadStart => ({
  module: new URL('../../../support/priority-thread.ts', import.meta.url),
  data,
  limits: { maxMilliseconds: 60_000 },
  tooLarge: () => new Error('too large'),
})
const { signal } = new AbortController()
const skip = process.platform !== 'linux' && 'the threads have no priorities'

t.test('threads that read files have a lower priority than the event loop', { skip }, async t => {
  const toError = () => new Error('a mistake')
  const own = getPriority()
  const lower = { priority: Math.min(19, own + 5) }
  t.same(await resultOfThread(start('result'), {}, signal, toError), lower)
  t.match(await readRowsInThread(start('session'), signal, toError, async session => session), lower)
  t.equal(getPriority(), own)
})
