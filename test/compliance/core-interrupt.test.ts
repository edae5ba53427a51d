import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { smallServer } from './small-server.ts'

t.test('what is interrupted cleans up after itself, and is no whole run', async t => {
  const kept = new Set<string>()
  const counts = { made: 0 }
  let onMade = () => {}
  const { url } = await smallServer(t, ({ method, path }) => {
    if (method === 'DELETE') return kept.delete(path) ? { status: 204 } : { status: 404 }
    if (method !== 'POST' || path !== '/Users') return { body: {} }
    const id = String(++counts.made)
    kept.add(`/Users/${id}`)
    if (counts.made === 5) onMade()
    return { status: 201, body: { id, userName: id } }
  })
  const child = spawn(
    process.execPath,
    ['scim-compliance/cli.ts', url, '--rate', '0', '--only', 'rfc', '--report', 'json', '--quiet'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  onMade = () => child.kill('SIGINT')
  const output = { out: '', err: '' }
  child.stdout.on('data', chunk => (output.out += chunk))
  child.stderr.on('data', chunk => (output.err += chunk))
  const [code] = await once(child, 'close')
  t.same([...kept], [])
  t.ok(counts.made >= 5)
  t.not(code, 0)
  t.match(output.err, /Stopping; what was made is removed/)
  const report = JSON.parse(output.out)
  t.match(JSON.stringify(report), /The run was stopped/)
})
