import t from 'tap'
import { startWith } from '../../support/started-server.ts'
import { receiveWebhooks } from '../../support/webhook-receiver.ts'
import { run, settled, silentAddress } from './run.ts'

t.test('scimulator settings shows the settings of the server', async t => {
  const { console } = await startWith(t, ['--memory', '--keep-days=7'], { SCIMULATOR_TENANT: 'acme' })
  const { code, out, err } = settled(await run(['settings', '--console', console]))
  t.same({ code, err }, { code: 0, err: '' })
  t.match(out, /^version +\d+\.\d+\.\d+\nnode +v\d/)
  t.match(out, /^journal +0 requests \(maximum 100000 requests, 7 days\)$/m)
  t.match(out, /^database +-$/m)
  t.match(out, /^setting +value +source$/m)
  t.match(out, /^--keep-days +7 +flag$/m)
  t.match(out, /^--tenant +acme +SCIMULATOR_TENANT$/m)
  t.match(out, /^--profile +aws +default$/m)
  const json = await run(['settings', '--console', console, '--json'])
  t.match(JSON.parse(json.out), { journal: { exchanges: 0, retention: { count: 100_000, days: 7 } } })
})

t.test('scimulator webhooks', async t => {
  const receiver = await receiveWebhooks(t)
  const silent = await silentAddress()
  const { console } = await startWith(t, ['--memory', `--webhook=${receiver.url}/secret ${silent}/secret`])

  t.test('webhooks are listed with their hosts only', async t => {
    const { code, out, err } = settled(await run(['webhooks', '--console', console]))
    t.same({ code, err }, { code: 0, err: '' })
    t.same(
      out.split('\n').map(line => line.split(/ {2,}/)),
      [
        ['webhook', 'signed', 'delivered', 'failed', 'last event', 'status', 'time'],
        [`${receiver.url}/…`, 'no', '0', '0', '-', '-', '-'],
        [`${silent}/…`, 'no', '0', '0', '-', '-', '-'],
        [''],
      ],
    )
  })

  t.test('test shows failed deliveries and ends with 1', async t => {
    const { code, out, err } = await run(['webhooks', 'test', '--console', console])
    t.same({ code, err }, { code: 1, err: 'scimulator: 1 of 2 webhooks failed.\n' })
    t.same(
      out.split('\n').map(line => line.split(/ {2,}/)),
      [
        ['webhook', 'delivered', 'status', 'error'],
        [`${receiver.url}/…`, 'yes', '204', '-'],
        [`${silent}/…`, 'no', '-', 'ECONNREFUSED'],
        [''],
      ],
    )
    t.match((await receiver.next()).body, { type: 'test' })
  })
})

t.test('scimulator webhooks without webhooks describes how to set one', async t => {
  const { console } = await startWith(t, ['--memory'])
  const none = { code: 0, out: 'No webhooks. Set them with --webhook when you start the server.\n', err: '' }
  t.same(await run(['webhooks', '--console', console]), none)
  t.same(await run(['webhooks', 'test', '--console', console]), none)
})

t.test('a server with invalid settings reports all and ends with 2', async t => {
  const { code, err } = await run([
    '--memory',
    '--webhook',
    'https://x.example mailto:secret',
    '--keep-exchanges',
    'all',
  ])
  t.equal(code, 2)
  t.same(err.split('\n'), [
    'scimulator: --keep-exchanges must be a whole number from 1 to 10000000.',
    'scimulator: --webhook must be URLs that begin with http:// or https://, separated by spaces; number 2 is invalid.',
    '',
  ])
})
