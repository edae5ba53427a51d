import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import t from 'tap'
import { entraSettings } from '../../../../src/provisioning/entra/settings.ts'
import { googleSettings } from '../../../../src/provisioning/google/settings.ts'
import type { Settings } from '../../../../src/provisioning/kit/settings.ts'
import { emptyState } from '../../../../src/provisioning/okta/job/changes.ts'
import type { TaskView } from '../../../../src/provisioning/okta/job/job.ts'
import { noCounts } from '../../../../src/provisioning/okta/job/run.ts'
import { oktaSettings } from '../../../../src/provisioning/okta/settings.ts'
import { createProgram } from '../../../../src/server/cli/commands.ts'
import { readSettings, withSettings } from '../../../../src/server/cli/job-settings.ts'
import { formatReport } from '../../../../src/server/cli/okta/job-commands.ts'

const settingsOf = (...flags: readonly string[]) => {
  const command = withSettings(new Command('sync'), oktaSettings)
  command.parse(flags, { from: 'user' })
  return readSettings(command, oktaSettings, ['url', 'token', 'directory'])
}
const connection = [
  '--url',
  'http://127.0.0.1:9/scim',
  '--token',
  'let-me-in-for-now',
  '--directory',
  'x.json',
]

t.test('OC-605 the settings of a job and their defaults', async t => {
  t.same(settingsOf(...connection), {
    url: 'http://127.0.0.1:9/scim',
    token: 'let-me-in-for-now',
    directory: 'x.json',
    state: 'data/okta.json',
    app: 'catalog',
    appLabel: 'AWS IAM Identity Center',
    pushNow: 'patch',
    groupImport: 'off',
    deletedGroups: 'delete',
    password: true,
    attributes: [],
    batch: 100,
    maxRps: 5,
    timeout: 60_000,
  })
  const flags = ['--app', 'wizard', '--push-now', 'replace', '--group-import', 'on', '--no-password']
  t.match(settingsOf(...connection, ...flags, '--attributes', 'title, department', '--timeout', '5s'), {
    app: 'wizard',
    pushNow: 'replace',
    groupImport: 'on',
    password: false,
    attributes: ['title', 'department'],
    timeout: 5000,
  })
})

t.test('mistakes are reported together, and no secret is accepted in a file', async t => {
  const message = [
    '--url must not end with a slash: Okta rejects such a base URL.',
    '--app must be catalog or wizard.',
    '--attributes must be some of title, nickName, userType, preferredLanguage, timezone, phoneNumbers, addresses, employeeNumber, costCenter, organization, division, department.',
    '--batch must be a whole number of at least 0.',
    '--token is required: the API token, or set SCIMULATOR_OKTA_TOKEN.',
    '--directory is required: the file or folder with users, groups and assignments.',
    'Example, with',
  ].join('\nscimulator: ')
  const flags = ['--app', 'saml', '--attributes', 'title,shoeSize', '--batch', '-1']
  try {
    settingsOf('--url', 'http://127.0.0.1:9/scim/', ...flags)
    t.fail('the settings are wrong')
  } catch (error) {
    t.equal((error as Error).message.slice(0, message.length), message)
  }
  const folder = t.testdir({
    'job.json': '{ "url": "http://127.0.0.1:9/scim", "directory": "org.json", "state": "/tmp/okta.json" }',
    'token.json': '{ "token": "secret" }',
    'typo.json': '{ "speed": 1 }',
  })
  const job = (name: string) => settingsOf('--job', join(folder, name), '--token', 'let-me-in-for-now')
  t.match(job('job.json'), { directory: join(folder, 'org.json'), state: '/tmp/okta.json' })
  t.throws(() => job('token.json'), {
    message: /remove "token"\. Set the environment variable SCIMULATOR_OKTA_TOKEN/,
  })
  t.throws(() => job('typo.json'), {
    message: /unknown setting "speed"\. Settings are url, maxRps, timeout, directory/,
  })
})

t.test('the report of a run with tasks and members who were left out', async t => {
  const task: TaskView = {
    kind: 'user',
    id: 'a',
    name: 'Ada',
    sentence: 'Failed:\u001b[31m',
    at: '',
    attempts: 1,
  }
  const counts = { ...noCounts(), requests: 9, failed: 6, leftOut: 1, pauses: 1 }
  const state = emptyState()
  state.users.set('b', { name: 'Bo', login: 'bo@example.com', target: '2', active: true })
  state.groups.set('g', { name: 'Team', members: {}, leftOut: ['b'] })
  t.equal(
    formatReport(
      { ending: 'stopped', ...counts },
      Array.from({ length: 6 }, () => task),
      state,
    ),
    [
      'Stopped: 6 changes failed, 1 pause after a 429 (9 requests).',
      '6 tasks:',
      ...Array.from({ length: 5 }, () => '  Failed:\\u001b[31m'),
      '  … and 1 more. Run `scimulator okta tasks` to list them.',
      'Once the cause is fixed, run `scimulator okta retry`.',
      '1 member left out: only users with an active account are pushed.',
      'Members were left out who have an account now. Push again: Team.',
      '',
    ].join('\n'),
  )
})

t.test('each setting has the name of its flag', async t => {
  for (const { name, settings } of [entraSettings, oktaSettings, googleSettings]) {
    const declared: Settings = settings
    t.same(
      Object.values(declared).map(({ flags }) => new Option(flags).attributeName()),
      Object.keys(declared),
      name,
    )
  }
})

t.test('the commands of the page exist', async t => {
  const okta = (await createProgram(['okta'])).commands.find(command => command.name() === 'okta')
  const page = readFileSync('docs/okta-simulator.md', 'utf8')
  const lines = [...page.matchAll(/^scimulator okta (\w+)(.*)$/gm)]
  t.ok(lines.length >= 7)
  for (const [, name = '', rest = ''] of lines) {
    const flags = [...rest.matchAll(/--[\w-]+/g)].map(([flag]) => flag)
    const options = okta?.commands.find(command => command.name() === name)?.options.map(({ long }) => long)
    t.ok(options, name)
    t.same(
      flags.filter(flag => !options?.includes(flag)),
      [],
      name,
    )
  }
})
