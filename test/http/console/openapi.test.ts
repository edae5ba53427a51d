import t from 'tap'
import { operations as contract } from '../../../src/contract/index.ts'
import { buildTestConsole } from './console-app.ts'

type Operation = {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly {
    readonly in: string
    readonly name: string
    readonly description: string
  }[]
  readonly requestBody?: { readonly required: boolean }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>
}
type Described = Operation & { readonly path: string; readonly method: string }

t.test('the OpenAPI document', async t => {
  const { ask, console } = await buildTestConsole(t)
  const registered: string[] = []
  console.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) if (name !== 'HEAD') registered.push(`${name} ${url}`)
  })
  await console.ready()
  const { body: document } = await ask('GET', '/api/openapi.json')
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Described => ({ ...operation, path, method })),
  )

  t.test('is of OpenAPI 3.1 and of this version', async t => {
    t.match(document, { openapi: /^3\.1\./, info: { title: 'Scimulator console', version: '1.2.3' } })
  })

  t.test('names every address that is registered, and none beside', async t => {
    // Beside the pages, and what describes the addresses.
    const addresses = registered.filter(one => / \/(api\/v1\/|metrics|livez|readyz)/.test(one))
    t.same(
      operations
        .map(({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`)
        .sort(),
      addresses.sort(),
    )
    t.ok(addresses.length >= 25)
  })

  t.test('has every operation of the contract under /api/v1, and no other', async t => {
    t.same(
      Object.fromEntries(
        operations
          .filter(({ path }) => path.startsWith('/api/v1/'))
          .map(({ operationId, method, path }) => [operationId, `${method.toUpperCase()} ${path}`])
          .sort(),
      ),
      Object.fromEntries(
        Object.entries(contract)
          .map(([id, { method, path }]) => [id, `${method} /api/v1${path.replace(/:(\w+)/g, '{$1}')}`])
          .sort(),
      ),
    )
  })

  t.test('gives every operation its own id, a summary and a known tag', async t => {
    const ids = operations.map(({ operationId }) => operationId)
    t.same([...new Set(ids)], ids)
    const known = document.tags.map(({ name }: { name: string }) => name)
    for (const { operationId, summary, tags } of operations) {
      t.match(operationId, /^[a-z]\w+$/i)
      t.match(summary, /^[A-Z]/, operationId)
      t.ok(tags.length === 1 && known.includes(tags[0]), operationId)
    }
  })

  t.test('describes every parameter, those of the path as its braces name them', async t => {
    for (const { operationId, path, parameters = [] } of operations) {
      const inPath = parameters.filter(one => one.in === 'path').map(({ name }) => name)
      t.same(inPath.sort(), [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(), operationId)
      for (const { name, description } of parameters) t.ok(description, `${operationId}: ${name}`)
    }
  })

  t.test('describes every answer, and each refusal as a problem document', async t => {
    for (const { operationId, responses } of operations) {
      for (const [status, { description, content }] of Object.entries(responses)) {
        t.notMatch(description, /default response/i, `${operationId} ${status}`)
        if (Number(status) < 400) continue
        t.same(
          content,
          { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          `${operationId} ${status}`,
        )
      }
    }
  })

  t.test('demands a body only where one is needed', async t => {
    t.same(
      Object.fromEntries(
        operations.flatMap(({ operationId, requestBody }) =>
          requestBody ? [[operationId, requestBody.required]] : [],
        ),
      ),
      {
        createTenant: false,
        updateTenant: true,
        createToken: false,
        declareTypes: true,
        purgeStale: true,
        createFault: true,
        setClock: true,
        reset: false,
        rotateToken: false,
        createSnapshot: false,
        reconcile: true,
      },
    )
  })

  t.test('refers only to schemas that it has, and has none to which nothing refers', async t => {
    const references = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to),
    )
    t.same(
      [...references].sort(),
      Object.keys(document.components.schemas)
        .map(name => `#/components/schemas/${name}`)
        .sort(),
    )
  })

  t.test('can be browsed, with nothing from another server', async t => {
    const { status, headers, body } = await ask('GET', '/api/docs')
    t.equal(status, 200)
    t.match(headers['content-type'], /^text\/html/)
    t.same([...body.matchAll(/(?:src|href)="(?!\/api\/docs\/)[^"]*"/g)], [])
    const sources = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path)
    for (const path of sources) t.equal((await ask('GET', path)).status, 200, path)
  })
})
