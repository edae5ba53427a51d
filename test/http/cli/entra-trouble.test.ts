import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { entraFor, springfield, token } from './entra.ts'

t.test('a token in a response of the target is neither shown nor stored', async t => {
  const echo = createServer((request, response) => {
    const isProbe = request.method === 'GET'
    response.writeHead(isProbe ? 200 : 400, { 'content-type': 'application/scim+json' })
    response.end(
      JSON.stringify(
        isProbe
          ? { totalResults: 0, Resources: [] }
          : { detail: `I dislike ${request.headers.authorization}` },
      ),
    )
  }).listen(0, '127.0.0.1')
  t.teardown(() => echo.close())
  await new Promise(resolve => echo.once('listening', resolve))
  const target = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/scim`
  const { entra, job, written } = await entraFor(t, springfield(), {}, target)

  const { code, out, err } = await entra('sync', ...job)
  t.equal(code, 1)
  t.match(
    out,
    /\nFailed: \d+\n[\s\S]*In escrow[\s\S]*\n {2}\S+: \S+Incompatible \(1 attempt, next attempt \S+Z\): /,
  )
  t.match(out, 'I dislike Bearer ***')
  t.match(await entra('status', ...job), { code: 0, out: /retrying +what +attempts +next attempt +error\n/ })
  t.notMatch(out + err + written(), token)
})

t.test('bad credentials quarantine the job, and --now retries at once', async t => {
  const { entra, job } = await entraFor(t, springfield())
  const rejected = await entra('sync', ...job, '--token', 'another-token')
  t.match(rejected, {
    code: 1,
    out: /^Initial cycle ended in quarantine: 1 request \(0 writes\)\.\nQuarantine since .*InvalidCredentials/,
  })
  t.match(rejected.out, 'Once the cause is fixed, run `scimulator entra sync --now` to retry at once.')
  t.match(await entra('sync', ...job), {
    code: 1,
    out: /not run: the job is in quarantine: 0 requests/,
  })
  t.match(await entra('status', ...job), { code: 0, out: /^status +in quarantine\n[\s\S]*next attempt/ })
  t.match(await entra('sync', ...job, '--now'), { code: 0, out: /^Initial cycle completed/ })
})

t.test('many deletions are held until they are allowed', async t => {
  const { entra, job, users, write } = await entraFor(t, springfield(), { accidentalDeletionThreshold: 1 })
  t.match(await entra('sync', ...job), { code: 0 })
  const emptied = { ...springfield(), assignments: [] }
  write(emptied)
  t.match(await entra('sync', ...job), {
    code: 1,
    out: /held: \d+\n[\s\S]*TooManyDeletes[\s\S]*sync --allow-deletions`/,
  })
  t.same([...new Set((await users()).map(({ status }) => status))], ['active'])
  t.match(await entra('sync', ...job, '--allow-deletions'), { code: 0, out: /Disabled: \d+\n/ })
  t.ok((await users()).some(({ status }) => status === 'disabled'))
})
