import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { settled } from './run.ts'
import { serverFor } from './server.ts'

const target = (url: string) => ['--url', url, '--token', 'token-of-acme']

t.test('a built-in scenario is reported step by step', async t => {
  const { cli, url } = await serverFor(t, { profile: 'aws' })
  t.same(settled(await cli('entra', 'run', 'manager-changes', ...target(`${url}?aadOptscim062020`))), {
    code: 0,
    out: `A manager changes
The manager is written by the ID of the new manager in the target.

1. Springfield is provisioned for the first time. The initial cycle ran: 10 created, 8 members added, 4 managers set (44 requests, 22 writes).
   ok   the cycle report has kind initial, ending completed, created 10
   ok   the target matches the directory
2. The manager of barney.gumble@springfield.example is set to marge.simpson@springfield.example.
3. A provisioning cycle runs. An incremental cycle ran: 1 manager set (5 requests, 1 write).
   ok   the 5 requests are as expected
   ok   the cycle report has managersSet 1
   ok   barney.gumble@springfield.example is in the target: User {"manager":{"value":"{{marge.simpson@springfield.example}}"}}
   ok   the target matches the directory

6 checks passed.
`,
    err: '',
  })
})

t.test(
  "a scenario advances the tenant's clock, and ends with exit code 1 if an expectation fails",
  async t => {
    const { cli, url, console } = await serverFor(t, { profile: 'aws' })
    const file = join(t.testdir(), 'mine.json')
    writeFileSync(
      file,
      JSON.stringify({
        name: 'Moe',
        directory: { users: [{ id: 'id-of-moe', userPrincipalName: 'moe@springfield.example' }] },
        steps: [
          { do: 'advance', by: '30d' },
          { do: 'cycle', expect: { users: { 'moe@springfield.example': {} } } },
        ],
      }),
    )
    const { code, out } = await cli('--json', 'entra', 'run', file, ...target(url))
    t.equal(code, 1)
    t.match(JSON.parse(out), {
      name: 'Moe',
      passed: false,
      steps: [
        { do: 'advance', description: '30 days pass.', sent: [], checks: [] },
        {
          do: 'cycle',
          sent: [{ method: 'GET' }, { method: 'GET' }, { method: 'GET' }],
          checks: [
            {
              claim: 'moe@springfield.example is in the target',
              outcome: 'notMet',
              reason: 'it does not exist',
            },
          ],
        },
      ],
    })
    const clock = await (await fetch(`${console}/api/v1/tenants/acme/clock`)).json()
    t.match(clock, { offset: 30 * 24 * 3_600_000 })
  },
)

t.test('incorrect usage is reported with exit code 2', async t => {
  const { cli, url } = await serverFor(t)
  const file = join(
    t.testdir({ 'bad.json': '{"name":"Bad","directory":{"users":[]},"steps":[{"do":"sing"}]}' }),
    'bad.json',
  )
  t.match(await cli('entra', 'run', file, ...target(url)), {
    code: 2,
    out: '',
    err: /^scimulator: .*bad\.json: steps\[0\]: must be an object with "do": one of disable, /,
  })
  t.match(await cli('entra', 'run', 'no-such-story', ...target(url)), {
    code: 2,
    err: /^scimulator: No scenario "no-such-story"\. Use a file or the name of a built-in scenario in .*scenarios\.\n$/,
  })
  t.match(await cli('entra', 'run', 'rename', '--url', url), { code: 2, err: /--token is required/ })
})
