import { readFileSync } from 'node:fs'
import t from 'tap'
import { run } from './run.ts'
import { serverFor, userSchema } from './server.ts'

t.test('the journal from a shell', async t => {
  const { cli, console, scim } = await serverFor(t)
  const created = await scim('POST', '/Users', { schemas: [userSchema], userName: 'Barney Gumble' })
  await scim('PATCH', `/Users/${created.id}`, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'active', value: false }],
  })
  await scim('GET', '/Users/nobody')
  const api = async (q: string) => {
    const result = await fetch(`${console}/api/v1/exchanges?q=${encodeURIComponent(q)}`)
    return ((await result.json()) as { readonly items: readonly { readonly id: string }[] }).items
  }
  const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id)

  t.test('a query returns the same requests in list and export as in the API', async t => {
    const counts: number[] = []
    for (const q of ['', '-method:GET user:"barney gumble"', 'after:1h status:4xx']) {
      const expected = await api(q)
      counts.push(expected.length)
      const words = q === '' ? [] : [q]
      const listed = await cli('--json', 'journal', 'list', '--', ...words)
      t.same(ids(JSON.parse(listed.out).items), ids(expected), `list ${q}`)
      const exported = await cli('journal', 'export', '--', ...words)
      const lines = exported.out.split('\n').filter(Boolean)
      t.same(ids(lines.map(line => JSON.parse(line))), ids(expected), `export ${q}`)
    }
    t.same(counts, [3, 2, 1])
  })

  t.test('several words are one query, together with options', async t => {
    const listed = await cli('--json', 'journal', 'list', 'status:2xx', 'barney', '--method', 'PATCH')
    t.same(ids(JSON.parse(listed.out).items), ids(await api('method:PATCH')))
  })

  t.test('an invalid query is reported', async t => {
    for (const command of ['list', 'export']) {
      t.match(
        await cli('journal', command, 'statsu:404'),
        {
          code: 1,
          out: '',
          err: /^scimulator: Invalid search: .*"statsu".* did you mean "status"\?\n$/,
        },
        command,
      )
    }
    t.match(await cli('journal', 'list', '--from', 'yesterday'), {
      code: 1,
      out: '',
      err: /^scimulator: Invalid --from: .*2026-03-01T09:30:00Z\.\n$/,
    })
    t.same(await cli('journal', 'lits'), {
      code: 2,
      out: '',
      err: 'scimulator: Unknown command "journal lits". Commands of journal: list, show, tail, export, explain, replay.\n',
    })
  })

  t.test('the results are saved to a file', async t => {
    const file = `${t.testdir({})}/journal.har`
    t.same(await cli('journal', 'export', '--format', 'har', '--output', file, 'status:404'), {
      code: 0,
      out: `Saved to ${file}.\n`,
      err: '',
    })
    t.match(JSON.parse(readFileSync(file, 'utf8')), {
      log: { version: '1.2', entries: [{ request: { method: 'GET' }, response: { status: 404 } }] },
    })
    t.same(await cli('journal', 'export', '--output', `${file}/x`), {
      code: 1,
      out: '',
      err: `scimulator: Cannot write ${file}/x (ENOTDIR).\n`,
    })
  })

  t.test('a request is shown in other formats', async t => {
    const [exchange] = await api('method:POST')
    const shown = (format: string) => cli('journal', 'show', exchange?.id ?? '', '--as', format)
    t.match(await shown('curl'), { code: 0, out: /^# create user; the status was 201\.\ncurl /, err: '' })
    t.match(JSON.parse((await shown('fixture')).out), { expect: { status: 201 } })
    t.match(JSON.parse((await shown('har')).out), { log: { entries: [{ _exchange: exchange?.id }] } })
    t.match(await cli('journal', 'show', 'nothing', '--as', 'curl'), {
      code: 1,
      out: '',
      err: /^scimulator: Not found: The journal has no request "nothing"/,
    })
  })

  t.test('a request is sent again', async t => {
    const [exchange] = await api('method:POST')
    const replayed = await cli('journal', 'replay', exchange?.id ?? '')
    const [replay] = await api('is:replay')
    t.same(replayed, {
      code: 0,
      out: `Replayed with status 409: request ${replay?.id}.\n`,
      err: '',
    })
    t.match((await cli('journal', 'show', replay?.id ?? '')).out, `replay of  ${exchange?.id}\n`)
  })
})

t.test('help explains the query', async t => {
  t.match((await run(['journal', 'list', '--help'])).out, 'A query consists of filters')
})
