import t from 'tap'
import { aUser } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

t.test(
  'R-208 R-209 R-022 /Me returns 501 for all methods, and identifies and creates no resource',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    for (const [method, body] of [
      ['GET', undefined],
      ['POST', aUser('me')],
      ['PUT', aUser('me')],
      ['PATCH', patchOp({ op: 'add', path: 'title', value: 'x' })],
      ['DELETE', undefined],
    ] as const) {
      const response = await client.send(method, '/Me', body)
      isScimError(t, response, { status: 501, detail: /\/Me/ }, method)
      t.same(
        [response.headers.location, response.headers['content-location']],
        [undefined, undefined],
        method,
      )
    }
    t.equal((await client.get('/Users')).body.totalResults, 0)
  },
)
