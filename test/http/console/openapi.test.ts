import t from 'tap'
import { operations as contract } from '../../../src/domain/contract/index.ts'
import { buildTestConsole, watchRoutes } from './console-app.ts'

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
  const { built, first, later: registered } = await watchRoutes(() => buildTestConsole(t))
  const { callApi } = built
  const { body: document } = await callApi('GET', '/api/openapi.json')
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Described => ({ ...operation, path, method })),
  )

  t.test('it has OpenAPI version 3.1 and the version of the package', async t => {
    t.match(document, { openapi: /^3\.1\./, info: { title: 'Scimulator console', version: '1.2.3' } })
  })

  t.test('it lists exactly the registered addresses', async t => {
    // Except pages, and the addresses of the description itself.
    const addresses = registered.filter(one => / \/(api\/v1\/|metrics|livez|readyz)/.test(one))
    t.same(
      operations
        .map(({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`)
        .sort(),
      addresses.sort(),
    )
    t.ok(addresses.length >= 25)
  })

  t.test(
    'only health checks and metrics are registered before the first request for another address',
    async t => {
      t.same(first, ['GET /livez', 'GET /metrics', 'GET /readyz'])
    },
  )

  t.test('it has exactly the operations of the contract under /api/v1', async t => {
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

  t.test('each operation has a unique id, a summary and a known tag', async t => {
    const ids = operations.map(({ operationId }) => operationId)
    t.same([...new Set(ids)], ids)
    const known = document.tags.map(({ name }: { name: string }) => name)
    t.same(
      operations.filter(
        ({ operationId, summary, tags }) =>
          !/^[a-z]\w+$/i.test(operationId) ||
          !/^[A-Z]/.test(summary) ||
          tags.length !== 1 ||
          !known.includes(tags[0]),
      ),
      [],
    )
  })

  t.test('each parameter is described, and path parameters match the path', async t => {
    const parametersOf = (operation: (typeof operations)[number]) => operation.parameters ?? []
    t.same(
      operations.flatMap(parametersOf).filter(({ description }) => !description),
      [],
    )
    t.same(
      operations.map(operation => [
        operation.operationId,
        parametersOf(operation)
          .filter(one => one.in === 'path')
          .map(({ name }) => name)
          .sort(),
      ]),
      operations.map(({ operationId, path }) => [
        operationId,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(),
      ]),
    )
  })

  t.test('each response is described, and each error is a problem document', async t => {
    const responses = operations.flatMap(operation =>
      Object.entries(operation.responses).map(([status, { description, content }]) => ({
        response: `${operation.operationId} ${status}`,
        isError: Number(status) >= 400,
        description,
        content,
      })),
    )
    t.same(
      responses.filter(({ description }) => /default response/i.test(description)),
      [],
    )
    const errors = responses.filter(({ isError }) => isError)
    const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
    t.same(
      errors.map(({ response, content }) => [response, content]),
      errors.map(({ response }) => [response, problem]),
    )
  })

  t.test('operations that read a query or a body list the response to an invalid one', async t => {
    const reads = Object.entries(contract).flatMap(([id, operation]) =>
      'query' in operation || 'body' in operation ? [id] : [],
    )
    t.same(
      reads.filter(id => !operations.some(one => one.operationId === id && '400' in one.responses)),
      [],
    )
  })

  t.test('times are described as they are sent', async t => {
    t.match(document.components.schemas.Token.properties, {
      created: { type: 'string', format: 'date-time' },
      lastUsed: { type: 'string', format: 'date-time' },
    })
  })

  t.test('a body is required only where it is needed', async t => {
    t.same(
      Object.fromEntries(
        operations.flatMap(({ operationId, requestBody }) =>
          requestBody ? [[operationId, requestBody.required]] : [],
        ),
      ),
      {
        createTenant: false,
        openSession: true,
        importDirectory: true,
        rehearse: true,
        drift: true,
        compareMapping: true,
        updateTenant: true,
        createToken: false,
        createIssuer: true,
        updateIssuer: true,
        checkIssuer: false,
        createConsoleToken: true,
        createAccessKey: false,
        createClient: false,
        updateClient: true,
        createClientSecret: false,
        replayExchange: false,
        declareTypes: true,
        purgeStale: true,
        createFault: true,
        setClock: true,
        reset: false,
        rotateToken: false,
        createSnapshot: false,
        reconcile: true,
        checkSignIn: true,
        preflight: true,
        muteFinding: true,
      },
    )
  })

  t.test('all references resolve, and no schema is unused', async t => {
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

  t.test('former addresses of the document lead to it', async t => {
    for (const path of ['/api/docs/json', '/api/docs/yaml']) {
      const { status, headers } = await callApi('GET', path)
      t.same({ status, to: headers.location }, { status: 302, to: '/api/openapi.json' }, path)
    }
  })

  t.test('the document can be browsed without another server', async t => {
    const { status, headers, body } = await callApi('GET', '/api/docs')
    t.equal(status, 200)
    t.match(headers['content-type'], /^text\/html/)
    t.same([...body.matchAll(/(?:src|href)="(?!\/api\/docs\/|data:)[^"]*"/g)], [])
    const sources = [...body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path)
    for (const path of sources) t.equal((await callApi('GET', path)).status, 200, path)
  })
})
