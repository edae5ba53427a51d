import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { toScimulatorFormat } from '../../src/entra/directory/write-directory.ts'
import { springfield } from '../http/cli/entra.ts'
import { linesOf, start } from '../http/cli/run.ts'
import { serverFor, userSchema } from '../http/cli/server.ts'

// A title set by C1 controls, DEL, line separators and bidirectional controls.
const hostile = 'x\u009b2J\u009d0;title\u009c\u007f\u0085\u2028\u2029\u202e\u2066\u200f\u061cy'
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/u

t.test('JSON output has no control characters and keeps its meaning', async t => {
  const { cli, scim, console: address, url } = await serverFor(t, { profile: 'entra' })
  const { id } = await scim('POST', '/Users', {
    schemas: [userSchema],
    userName: 'marge',
    displayName: hostile,
  })
  await scim('PATCH', `/Users/${id}`, { [hostile]: hostile })
  const shows = async (...args: readonly string[]) => {
    const { code, out } = await cli(...args, '--json')
    t.equal(code, 0, args.join(' '))
    t.notMatch(out, controls, args.join(' '))
    return out
  }
  const user = await shows('users', 'show', id)
  t.match(JSON.parse(user), { document: { displayName: hostile } })
  const { items } = JSON.parse(await shows('journal', 'list'))
  const shown = JSON.parse(await shows('journal', 'show', items[0].id))
  t.same(JSON.parse(shown.request.body), { [hostile]: hostile })

  const tail = start(['journal', 'tail', '--limit', '1', '--json', '--console', address])
  t.teardown(() => tail.kill('SIGKILL'))
  await scim('GET', `/Users/${encodeURIComponent(hostile)}`)
  for await (const line of linesOf(tail.stdout)) {
    t.notMatch(line, controls)
    if (JSON.parse(line).target?.id === hostile) break
  }
  tail.kill('SIGINT')

  const folder = mkdtempSync(join(tmpdir(), 'terminal-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const state = join(folder, 'state.json')
  const directory = springfield()
  const [first] = directory.users
  const users = first ? [{ ...first, attributes: { ...first.attributes, displayName: hostile } }] : []
  writeFileSync(
    join(folder, 'directory.json'),
    JSON.stringify(toScimulatorFormat({ ...directory, users, groups: [] })),
  )
  const job = ['--url', url, '--token', 'token-of-acme', '--mapping', 'non-gallery', '--scope', 'all']
  await shows('entra', 'sync', ...job, '--directory', join(folder, 'directory.json'), '--state', state)
  const entry = JSON.parse(await shows('entra', 'log', '--state', state))
  t.ok(JSON.stringify(entry).includes(JSON.stringify(hostile).slice(1, -1)), 'as sent')
})
