import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { tellStory } from '../../scripts/demo/story.ts'
import type { Target } from '../../src/entra/target.ts'

const run = promisify(execFile)

t.test('the demo tells its story, and all that it claims is true', async t => {
  const { stdout } = await run(process.execPath, ['scripts/demo.ts'])
  t.notMatch(stdout, /✗/)
  t.match(stdout, /\n32 claims, all of them true, in \d+\.\d s\.\n$/)
  t.same(
    [...stdout.matchAll(/^\d\. (.*)$/gm)].map(([, title]) => title),
    [
      'Entra tests the connection',
      'The initial cycle',
      'Forty minutes later nothing has changed',
      "Marge's account is disabled",
      'Barney leaves the group that was his only assignment',
      "Lenny's account is deleted",
      'The administrator of the target cleans up',
      'Lenny is hired again',
    ],
  )
})

t.test('a claim that the server does not bear out is told as false', async t => {
  /** Says yes to every DELETE, and does nothing. */
  const unwilling =
    (target: Target): Target =>
    async request =>
      request.method === 'DELETE'
        ? { kind: 'answer', status: 204, body: undefined, text: '', mediaType: '' }
        : target(request)
  let told = ''
  const isTrue = await tellStory({
    write: text => {
      told += text
    },
    through: unwilling,
  })
  t.equal(isTrue, false)
  t.match(told, /✗ He is deleted: SCIM answers 404 for him\.\n {7}expected 404\n {7}found {4}200\n/)
  t.match(told, /\n\d+ of 32 claims are false\.\n$/)
})
