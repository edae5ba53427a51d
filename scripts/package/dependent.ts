/** Creates a user by SCIM and reports the status; the same text is valid as ESM, CommonJS and strict TypeScript. */
const createUser = `
  const response = await fetch(server.url + '/Users', {
    method: 'POST',
    headers: { authorization: 'Bearer ' + server.token, 'content-type': 'application/scim+json' },
    body: JSON.stringify({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'marge@springfield.example',
      displayName: 'Marge Simpson',
      name: { givenName: 'Marge', familyName: 'Simpson' },
    }),
  })
  await server.close()`

const test = `
test('creates a user', async () => {
  const server = await createServer({ profile: 'aws' })${createUser}
  assert.equal(response.status, 201)
})
`

/** The files of a project that depends on the package, by name. */
export const dependentFiles: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'dependent', version: '1.0.0', private: true, type: 'module' }),
  'esm.test.mjs': `import assert from 'node:assert/strict'
import test from 'node:test'
import { createServer } from 'scimulator'
${test}`,
  'vitest.test.js': `import assert from 'node:assert/strict'
import { test } from 'vitest'
import { createServer } from 'scimulator'
${test}`,
  'vitest.config.js': "export default { test: { include: ['vitest.test.js'] } }\n",
  'jest.test.cjs': `const { createServer } = require('scimulator')

test('resolves with the requests', async () => {
  const server = await createServer({ profile: 'aws' })${createUser.replace('await server.close()', '')}
  expect(await server.waitFor('operation:create')).toMatchObject([{ status: response.status }])
  await server.close()
})
`,
  'jest.config.json': JSON.stringify({
    testMatch: ['**/jest.test.cjs'],
    moduleFileExtensions: ['cjs', 'js', 'json'],
  }),
  'commonjs.cjs': `const { createServer } = require('scimulator')
createServer({ profile: 'aws' }).then(async server => {${createUser}
  console.log(response.status)
})
`,
  'typescript.ts': `import type { TestContext } from 'node:test'
import {
  type CreateServerOptions, createServer, type ExchangeDetail, type Fault, type FindingGroup, type IdentityDetail,
  type NewIssuer, type NewOAuthClient, type Snapshot, type TestServer,
} from 'scimulator'

// zod, of which some types are made, is not installed.
type IsAny<T> = 0 extends 1 & T ? true : false
type OnlyFalse<T extends false> = T
export type NoneIsAny = OnlyFalse<
  | IsAny<ExchangeDetail> | IsAny<Fault> | IsAny<Fault['match']> | IsAny<FindingGroup> | IsAny<IdentityDetail>
  | IsAny<NewIssuer> | IsAny<NewOAuthClient> | IsAny<Snapshot>
>

export const attachTo = (server: TestServer, t: TestContext): void => server.attach(t)
export const findingsOf = (server: TestServer): Promise<readonly FindingGroup[]> => server.findings()

const options: CreateServerOptions = { profile: 'aws' }
const server: TestServer = await createServer(options)${createUser}
const status: number = response.status
console.log(status)
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      skipLibCheck: false,
    },
    files: ['typescript.ts'],
  }),
}
