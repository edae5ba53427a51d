import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generateDirectory } from '../../../src/provisioning/kit/directory/generate.ts'
import { toScimulatorFormat } from '../../../src/provisioning/kit/directory/write-directory.ts'
import { scriptedScim } from '../../support/scripted-scim.ts'
import { type Ended, ended, run, start } from './run.ts'
import { serverFor } from './server.ts'

const token = 'token-of-acme'
const environment = { SCIMULATOR_OKTA_TOKEN: token }
const withoutTimes = ({ code, out, err }: Ended) => ({
  code,
  out: out.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'AAAA-MM-DDThh:mm:ssZ'),
  err,
})

t.test('OC-601 Springfield is provisioned, changed, imported, and failures are retried', async t => {
  const { url } = await serverFor(t, { profile: 'aws', token })
  const folder = t.testdir()
  const write = (directory: object) =>
    writeFileSync(join(folder, 'directory.json'), JSON.stringify(directory))
  const springfield = JSON.parse(readFileSync('samples/springfield.json', 'utf8'))
  write(springfield)
  writeFileSync(
    join(folder, 'job.json'),
    JSON.stringify({ url, directory: 'directory.json', state: 'kept/okta.json', maxRps: 1000 }),
  )
  const all: string[] = []
  const okta = async (command: string, ...args: readonly string[]) => {
    const result = await run(['okta', command, ...args, '--job', join(folder, 'job.json')], environment)
    all.push(result.out, result.err)
    return withoutTimes(result)
  }
  const prints = (out: string, code = 0, err = '') => ({ code, out, err })

  t.same(
    await run(['okta', 'test', '--url', url, '--token', token]),
    prints('The endpoint reports 0 users and 0 groups.\n'),
  )
  t.same(
    await okta('sync'),
    prints(
      '6 users created, 4 groups created, 8 members added (28 requests).\n' +
        '2 members left out: only users with an active account are pushed.\n' +
        'Interoperability Profile (draft): breaks 2 of 13 rules, 1 not seen: IC-07 IC-13\n',
    ),
  )

  type User = { readonly userPrincipalName: string }
  const marge = 'marge.simpson@springfield.example'
  const tooLong = (user: User) =>
    user.userPrincipalName === marge ? { ...user, displayName: 'x'.repeat(2000) } : user
  write({ ...springfield, users: springfield.users.map(tooLong) })
  t.match(await okta('sync'), {
    code: 1,
    out: new RegExp(
      '^1 change failed \\(2 requests\\)\\.\n1 task:\n {2}Automatic profile push of user x+ to app AWS IAM Identity Center failed: ' +
        'Error while trying to push profile update for x+: Bad Request\\. Errors reported by remote server: .+\n' +
        'Once the cause is fixed, run `scimulator okta retry`\\.\nInteroperability Profile \\(draft\\): breaks 1 of 13 rules, \\d not seen: IC-06\n$',
    ),
  })
  t.match(await okta('tasks', '--json'), { code: 0, out: /"attempts": 1/ })
  write(springfield)
  t.same(await okta('retry', marge), prints('No changes (0 requests).\n'))

  t.match(await okta('push', 'Security Admins', '--now'), { code: 0, out: 'No changes (2 requests).\n' })
  t.match(await okta('assign', 'montgomery.burns@springfield.example', '--json'), {
    code: 0,
    out: /"created": 1/,
  })
  t.match(await okta('assign', 'montgomery.burns@springfield.example', '--remove'), {
    code: 0,
    out: '1 user deactivated (1 request).\n',
  })
  t.same(
    await okta('import'),
    prints('Read 7 users and 4 groups: 0 linked, 0 unassigned, 0 other accounts.\n'),
  )
  t.match(
    all.join('') +
      readFileSync(join(folder, 'kept/okta.json'), 'utf8') +
      readFileSync(join(folder, 'kept/okta.log.ndjson'), 'utf8'),
    /"event":"user created"/,
  )
  t.notMatch(all.join('') + readFileSync(join(folder, 'kept/okta.log.ndjson'), 'utf8'), token)
})

t.test(
  'OC-604 --fast skips a pause; a killed process leaves a state with which the next one resumes',
  async t => {
    const server = await scriptedScim(t)
    const folder = t.testdir()
    const directory = generateDirectory({ users: 12, groups: 2, groupSize: 5, seed: 3 })
    writeFileSync(join(folder, 'directory.json'), JSON.stringify(toScimulatorFormat(directory)))
    const sync = [
      'okta',
      'sync',
      ...['--url', `http://127.0.0.1:${server.port}/scim/v2`, '--directory', join(folder, 'directory.json')],
      ...['--state', join(folder, 'okta.json'), '--max-rps', '1000', '--fast'],
    ]
    server.script.push({ status: 429 })
    let requests = 0
    const child = start(sync, environment)
    server.onRequest = () => {
      if (++requests === 12) child.kill('SIGKILL')
    }
    t.equal((await ended(child)).code, null)
    server.onRequest = () => {}
    t.match(await run(sync, environment), { code: 0, err: '', out: /users? created/ })
    const paths = [...server.resources.keys()]
    t.same(
      [
        paths.filter(path => path.startsWith('/Users/')).length,
        paths.filter(path => path.startsWith('/Groups/')).length,
      ],
      [12, 2],
      'nobody is created twice',
    )
    t.match(await run(sync, environment), { out: 'No changes (0 requests).\n' })
  },
)
