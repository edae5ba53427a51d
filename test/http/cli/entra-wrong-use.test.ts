import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folderOf } from '../../support/entra-files.ts'
import { run } from './run.ts'

const wrong = (...lines: readonly string[]) => ({
  code: 2,
  out: '',
  err: lines.map(line => `${line}\n`).join(''),
})

t.test('sync without options lists the missing ones with an example', async t => {
  t.same(
    await run(['entra', 'sync']),
    wrong(
      'scimulator: --url is required: the tenant URL of the SCIM endpoint.',
      'scimulator: --token is required: the secret token, or set SCIMULATOR_ENTRA_TOKEN.',
      'scimulator: --directory is required: the file or folder to provision from.',
      'scimulator: Example, with `scimulator --memory --tenant acme --token let-me-in-for-now` running:',
      '  scimulator entra sync --url http://127.0.0.1:8080/acme/scim/v2 --token let-me-in-for-now \\',
      '    --directory samples/springfield.json',
    ),
  )
})

t.test('all errors in options and job file are reported together, and no file is created', async t => {
  const folder = await folderOf(t, {
    'job.json': { scope: 'everybody', maxRps: 2.5, keepFlagInQuery: 'yes', state: 's.json' },
  })
  const job = join(folder, 'job.json')
  t.same(
    await run(
      [
        'entra',
        'sync',
        '--job',
        job,
        '--url',
        'localhost',
        '--directory',
        '',
        '--member-batch-size',
        '0',
        '--timeout',
        '5',
      ],
      { SCIMULATOR_ENTRA_TOKEN: 'Bearer very-secret' },
    ),
    wrong(
      'scimulator: --url must be a URL such as http://127.0.0.1:8080/acme/scim/v2.',
      'scimulator: SCIMULATOR_ENTRA_TOKEN must be ASCII letters, digits and punctuation without spaces; "Bearer" is added automatically.',
      "scimulator: --directory can't be empty.",
      `scimulator: ${job}: scope must be assigned or all.`,
      'scimulator: --member-batch-size must be a whole number of at least 1.',
      `scimulator: ${job}: maxRps must be a whole number of at least 1.`,
      `scimulator: ${job}: keepFlagInQuery must be true or false.`,
      'scimulator: --timeout must be a duration such as 30s.',
    ),
  )
  t.notOk(existsSync(join(folder, 's.json')))
})

t.test('a token in the job file is rejected and not repeated', async t => {
  const folder = await folderOf(t, { 'job.json': { url: 'http://127.0.0.1:9/scim', token: 'very-secret' } })
  const job = join(folder, 'job.json')
  t.same(
    await run(['entra', 'test-connection', '--job', job]),
    wrong(
      `scimulator: ${job}: remove "token". Set the environment variable SCIMULATOR_ENTRA_TOKEN instead; a token does not belong in a file.`,
    ),
  )
})

t.test('all errors in the directory are reported together, with their location', async t => {
  const folder = await folderOf(t, { 'directory.json': { users: [{ id: 'one' }, 7], groups: 'none' } })
  const { code, out, err } = await run(
    [
      'entra',
      'sync',
      '--url',
      'http://127.0.0.1:9/scim',
      '--directory',
      join(folder, 'directory.json'),
      '--state',
      join(folder, 's.json'),
    ],
    { SCIMULATOR_ENTRA_TOKEN: 'very-secret' },
  )
  t.same([code, out], [2, ''])
  const lines = err.trimEnd().split('\n')
  t.ok(lines.length >= 2)
  t.same(
    lines.filter(line => !/^scimulator: .*directory\.json.+\.$/.test(line)),
    [],
  )
})

t.test('all errors in a mapping file are reported together, with their location', async t => {
  const folder = await folderOf(t, {
    'mapping.json': {
      users: {
        attributes: [
          { source: '[userPrincipalName]', target: 'userName', matching: 1 },
          { source: 'Mid([mail], 1', target: 'displayName' },
          { source: '[mail]', target: 'emails[type' },
        ],
      },
    },
  })
  const mapping = join(folder, 'mapping.json')
  const { code, out, err } = await run(
    ['entra', 'test-connection', '--url', 'http://127.0.0.1:9/scim', '--mapping', mapping],
    { SCIMULATOR_ENTRA_TOKEN: 'very-secret' },
  )
  t.same([code, out], [2, ''])
  t.match(err, `scimulator: ${mapping}: users.attributes[1].source: `)
  t.match(err, `scimulator: ${mapping}: users.attributes[2].target: `)
})

for (const [args, sentence] of [
  [
    ['sync', '--fast', '--url', 'http://127.0.0.1:9/scim', '--directory', 'x'],
    '--fast and --for require --watch.',
  ],
  [['nonsense'], 'Unknown command "nonsense"'],
  [
    ['test-connection', '--url', 'http://127.0.0.1:9/scim', '--mapping', 'okta'],
    '--mapping must be aws, non-gallery or a file; there is no file "okta".',
  ],
  [['generate', '--users', 'many'], 'Invalid --users: Expected a whole number.'],
  [
    ['log', '--since', 'yesterday'],
    'Invalid --since: Expected a duration such as 90m, or a time with time zone such as 2027-03-01T09:30:00Z.',
  ],
] as const) {
  t.test(`entra ${args[0]}: ${sentence}`, async t => {
    t.same(
      await run(['entra', ...args], { SCIMULATOR_ENTRA_TOKEN: 'very-secret' }),
      wrong(`scimulator: ${sentence}`),
    )
  })
}
