import t from 'tap'
import { createRateLimiter } from '../../scim-compliance/client/pacing.ts'
import { readOptions } from '../../scim-compliance/options.ts'

t.test('requests to a server on this machine have no pace limit unless --rate is given', async t => {
  const rates = (...args: string[]) => {
    const read = readOptions(args, {})
    return 'options' in read ? { rate: read.options.rate, strictRate: read.options.strictRate } : read
  }
  for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'scim.localhost']) {
    t.same(rates(`http://${host}/scim`), { rate: 0, strictRate: false }, host)
    t.same(rates(`http://${host}/scim`, '--rate', '5'), { rate: 5, strictRate: true }, `${host}, paced`)
  }
  for (const host of ['scim.example.com', 'localhost.example.com', '128.0.0.1'])
    t.same(rates(`https://${host}/scim`), { rate: 20, strictRate: false }, host)
})

t.test('all errors in a command line are reported together', async t => {
  const args =
    '--wat --rate x --as mars --report wat,json= --token --read-only --fail-on never --fail-on any --min-score 101'
  t.same(readOptions([...args.split(' '), '--with', 'not-there.json', '--timeout'], {}), {
    problems: [
      'Unknown option --wat.',
      '--token requires TOKEN.',
      '--fail-on is given more than once.',
      '--timeout requires SECONDS.',
      'The URL of the server is missing: https://scim.example.com/scim/v2.',
      '--min-score must be a number from 0 to 100, not 101.',
      '--as accepts rfc, aws, entra and all, not mars.',
      "--with not-there.json can’t be read: ENOENT: no such file or directory, open 'not-there.json'.",
      '--rate must be a number from 0 to 10000, not x.',
      '--report accepts terminal, tap, junit, json, sarif, html, markdown, badge, har, not wat.',
      '--report json= requires a file after the =.',
    ],
  })
})

t.test('commas separate reports, and may be part of file names', async t => {
  t.match(
    readOptions(['https://x.example', '--report', 'terminal,html=out dir/my, report.html,json=a,b.json'], {}),
    {
      options: {
        reports: [
          { format: 'terminal' },
          { format: 'html', file: 'out dir/my, report.html' },
          { format: 'json', file: 'a,b.json' },
        ],
      },
    },
  )
})

t.test('a token is read from the environment; the option overrides it', async t => {
  const read = (...args: readonly string[]) =>
    readOptions(['https://x.example/scim/', ...args], { SCIM_TOKEN: 'kept' })
  t.match(read(), {
    options: { url: 'https://x.example/scim', token: 'kept', as: ['rfc', 'entra'], rate: 20 },
  })
  t.match(read('--token=given', '--as', 'all', '--only', 'rfc/a,rfc/b'), {
    options: { token: 'given', as: ['rfc', 'aws', 'entra'], only: ['rfc/a', 'rfc/b'] },
  })
})

t.test('client suites count only on request', async t => {
  const read = (...args: readonly string[]) => readOptions(['https://x.example', ...args], {})
  t.match(read(), { options: { as: ['rfc', 'entra'], threshold: { suites: ['rfc'] } } })
  t.match(read('--as', 'rfc,entra'), { options: { threshold: { suites: ['rfc', 'entra'] } } })
})

t.test('a URL must not contain a password, and no error repeats a token', async t => {
  const read = readOptions(['https://me:a-secret@x.example', 'another-secret'], {})
  t.match(read, { problems: ['Only one URL can be graded, not 2.', /^The URL must not contain/] })
  t.notMatch(JSON.stringify(read), /a-secret|another-secret/)
})

t.test('requests are evenly spaced, and unused turns expire', async t => {
  let now = 0
  const waits: number[] = []
  const turn = createRateLimiter(10, { now: () => now, pause: async wait => void waits.push(wait) })
  await turn()
  await turn()
  await turn()
  now = 1000
  await turn()
  await turn()
  t.same(waits, [100, 200, 100])
})
