import t from 'tap'
import { softDelete } from '../../../src/entra/directory/edits.ts'
import { entraFor, springfield, token } from './entra.ts'

const time = 'AAAA-MM-DDThh:mm:ssZ'
const settled = (text: string) =>
  text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, time)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'some-uuid')

t.test('Springfield is provisioned, inspected, provisioned again and restarted', async t => {
  const { entra, job, url, users, written, write } = await entraFor(t, springfield())
  const all: string[] = []
  const reported = async (...args: readonly string[]) => {
    const { code, out, err } = await entra(...args)
    all.push(out, err)
    return { code, out: settled(out), err }
  }

  t.same(await reported('status', ...job), {
    code: 0,
    out: [
      'status         not run yet; run `scimulator entra sync`',
      'initial cycle  not done',
      'watermark      -',
      'last cycle     -',
      'next cycle     -',
      'processed      0 users, 0 groups',
      'matched        0',
      'in escrow      0 objects, 0 references',
      '',
    ].join('\n'),
    err: '',
  })
  t.same(await reported('log', ...job), { code: 0, out: 'No log entries match.\n', err: '' })
  t.same(await reported('test-connection', ...job), {
    code: 0,
    out: 'The supplied credentials are authorized to enable provisioning.\n',
    err: '',
  })
  t.match(await reported('test-connection', ...job, '--token', 'another-token'), {
    code: 1,
    out: /InvalidCredentials: While attempting to validate our authorization .* StatusCode: Unauthorized/,
    err: '',
  })

  const first = await reported('sync', ...job)
  t.same([first.code, first.err], [0, ''])
  t.match(first.out, /^Initial cycle completed: \d+ requests \(\d+ writes\)\.\nCreated: 10\n/)
  t.ok((await users()).some(({ name, status }) => /^marge/.test(name) && status === 'active'))
  t.match(await reported('status', ...job), { code: 0, out: /^status +active\n[\s\S]*^matched +10$/m })
  t.match(await reported('log', ...job, '--user', 'MARGE', '--action', 'create', '--since', '1h'), {
    code: 0,
    out: /^time +action +status +type +object .*\nAAAA.*create +success +User +marge.* some-uuid .*userName.*\n$/,
  })
  const newest = await reported('log', ...job, '--limit', '1', '--json')
  t.match(JSON.parse(newest.out), { provisioningAction: 'update', sourceIdentity: { identityType: 'Group' } })
  t.notOk('log' in JSON.parse(newest.out))

  t.match(await reported('on-demand', 'marge.simpson@springfield.example', ...job), {
    code: 0,
    out: /^Skipped, some-uuid\n {2}import +success .*\n {2}scoping +success .*\n {2}matching +success .*\n {2}export +skipped /,
  })
  const onDemand = await reported('on-demand', 'Network Operators', '--member', 'nobody', ...job)
  t.match(onDemand, { code: 2, err: /No user or group "nobody" in the directory/ })

  const elsewhere = url.replace('/acme/', '/')
  t.match(await reported('sync', ...job, '--url', elsewhere), {
    code: 0,
    err: /^scimulator: The links of this job belong to \S+\/acme\/scim\/v2\. If \S+ is another target, run /,
  })

  t.match(await reported('restart', ...job), { code: 0, out: / The next cycle is initial\.\n$/ })
  const again = await reported('sync', ...job, '--json')
  t.match(JSON.parse(again.out), { kind: 'initial', ending: 'completed', writes: 0 })
  t.match(await reported('log', ...job, '--audit'), { code: 0, out: /Restart provisioning +success/ })

  write(softDelete(springfield(), 'marge.simpson@springfield.example', Date.now()))
  const fast = await reported('sync', ...job, '--watch', '--fast')
  t.match(fast, {
    code: 0,
    out: /Disabled: 1\n[\s\S]*Deleted: 1\n[\s\S]*No work remains\.\n$/,
    err: '',
  })
  t.ok((await users()).some(({ name, status }) => /^marge/.test(name) && status === 'retained'))
  t.match(await reported('status', ...job), { code: 0, out: /^clock +30 days ahead of real time$/m })

  t.notMatch(all.join('') + written(), token, 'the token stands nowhere')
})
