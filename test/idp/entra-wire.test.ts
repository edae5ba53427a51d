import { readFileSync } from 'node:fs'
import t from 'tap'
import { buildTestApp, type TestResponse } from '../support/scim.ts'

type Line = {
  readonly name: string
  readonly scenario: string
  readonly mode: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly expectStatus: number | readonly number[]
  readonly saveIdAs?: string
  readonly expectTotalResults?: number
  readonly expectBody?: unknown
}

const lines: readonly Line[] = readFileSync(new URL('entra-wire.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))

const mayNotBeNull = (path: string) =>
  `Value at '${path}' failed to satisfy constraint: Member must not be null`
const missing = (...paths: readonly string[]) =>
  `${paths.length} validation errors detected: ${paths.map(mayNotBeNull).join('; ')}`

/**
 * Entra's requests that AWS rejects, with AWS's error; it accepts all others. Requests that need a rejected resource are
 * omitted.
 */
const rejectedByAws: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  'create homer - full default mapping': [400, 'List attribute phoneNumbers exceeds allowed limit of 1'],
  'create burns - documented minimal body': [400, missing('displayName')],
  'create milhouse - app roles complex, custom extension outside schemas': [
    400,
    'List attribute roles exceeds allowed limit of 1',
  ],
  'match by second matching attribute': [400, 'Invalid Filter format'],
  'create bart - bare': [400, missing('name.familyName', 'name.givenName', 'displayName')],
}

/** Users that AWS rejected, or that need a rejected one: searches don't find them. */
const absentOnAws = ['lenny', 'bart']

type Names = Map<string, string>
const filledIn = (text: string, names: Names) =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name) => names.get(name) ?? 'missing')

async function sendLine(
  line: Line,
  names: Names,
  send: (line: Line) => Promise<TestResponse>,
): Promise<TestResponse> {
  const filled: Line = JSON.parse(filledIn(JSON.stringify(line), names))
  const answer = await send(filled)
  if (line.saveIdAs && answer.status === 201) names.set(line.saveIdAs, answer.body.id)
  return answer
}

t.test('an empty entra tenant accepts each recorded request of Entra, in order', async t => {
  const { client, token } = await buildTestApp(t, 'entra')
  const names: Names = new Map([['token', token]])
  for (const line of lines) {
    const answer = await sendLine(line, names, filled =>
      client.send(filled.method, filled.path, filled.body, filled.headers),
    )
    const label = `${line.mode} ${line.scenario}: ${line.name}`
    t.ok([line.expectStatus].flat().includes(answer.status), `${label} returns ${line.expectStatus}`, {
      answer,
    })
    if (line.expectTotalResults !== undefined)
      t.equal(answer.body?.totalResults, line.expectTotalResults, label)
    if (line.expectBody)
      t.match(answer.body, JSON.parse(filledIn(JSON.stringify(line.expectBody), names)), label)
  }
})

t.test('an aws tenant accepts the same requests or rejects them with AWS’s errors', async t => {
  const { client, token } = await buildTestApp(t, 'aws')
  const names: Names = new Map([['token', token]])
  for (const line of lines) {
    const needs = [...JSON.stringify(line).matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name)
    if (needs.some(name => !names.has(name))) continue
    const answer = await sendLine(line, names, filled =>
      client.send(filled.method, filled.path, filled.body, filled.headers),
    )
    const label = `${line.mode} ${line.scenario}: ${line.name}`
    const rejection = rejectedByAws[line.name]
    if (rejection) {
      t.same(
        { status: answer.status, detail: answer.body?.detail },
        { status: rejection[0], detail: rejection[1] },
        label,
      )
      continue
    }
    t.ok([line.expectStatus].flat().includes(answer.status), `${label} returns ${line.expectStatus}`, {
      answer,
    })
    const absent = absentOnAws.some(name => line.path.includes(`${name}%40`))
    if (line.expectTotalResults !== undefined)
      t.equal(answer.body?.totalResults, absent ? 0 : line.expectTotalResults, label)
  }
})
