import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import t from 'tap'
import { tellStory } from '../../scripts/demo/story.ts'
import type { Target } from '../../src/entra/target.ts'

const run = promisify(execFile)

t.test('the demo runs completely, and all its claims are true', async t => {
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

t.test('with --keep the console stays open until Ctrl-C', async t => {
  const demo = spawn(process.execPath, ['scripts/demo.ts', '--keep'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => demo.kill('SIGKILL'))
  let output = ''
  for await (const text of demo.stdout.setEncoding('utf8')) {
    output += text
    const [, console] = /\nConsole: (\S+) {2}\(Ctrl-C ends\)\n$/.exec(output) ?? []
    if (console === undefined) continue
    t.equal((await fetch(console)).status, 200)
    const exited = once(demo, 'exit')
    demo.kill('SIGINT')
    t.same(await exited, [0, null])
    return
  }
  t.fail(output)
})

t.test('a claim that the server does not meet is reported as false', async t => {
  /** Returns 204 for each DELETE without deleting. */
  const ignoreDeletes =
    (target: Target): Target =>
    async request =>
      request.method === 'DELETE'
        ? { kind: 'response', status: 204, body: undefined, text: '', mediaType: '' }
        : target(request)
  let reported = ''
  const isTrue = await tellStory({
    write: text => {
      reported += text
    },
    through: ignoreDeletes,
  })
  t.equal(isTrue, false)
  t.match(reported, /✗ He is deleted: SCIM answers 404 for him\.\n {7}expected 404\n {7}found {4}200\n/)
  t.match(reported, /\n\d+ of 32 claims are false\.\n$/)
})
