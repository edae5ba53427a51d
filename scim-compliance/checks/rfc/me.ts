import type { Check } from '../../check.ts'
import { expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import { errorUrn, isObject } from '../../scim.ts'
import { valueIn } from '../steps/attributes.ts'
import { area } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

export const meChecks: readonly Check[] = defineChecks(area('me', '/Me', 'RFC 7644 §3.11'), [
  should('offered-or-501', ['R-208'], {
    description: 'GET /Me returns the resource of the token, or 501.',
    rationale: 'A web page or a plain 404 doesn’t tell a client that /Me isn’t supported.',
    remedy: 'Return 501 if /Me isn’t supported.',
    run: async context => {
      const response = await context.get('/Me')
      const { id, schemas } = isObject(response.body) ? response.body : {}
      if (response.status === 404 && Array.isArray(schemas) && schemas.includes(errorUrn))
        skip(
          '404 with a SCIM error: either /Me isn’t supported, or the token isn’t associated with a resource.',
        )
      // A token that isn't associated with a user has no resource, even if the server supports the endpoint.
      expectStatus(response, 200, 307, 308, 403, 501)
      if (response.status === 200)
        expectThat(typeof id === 'string', 'a resource with an id', response.body, response)
    },
  }),
  must('location', ['R-209'], {
    description: 'The response of /Me contains the permanent location of the resource.',
    rationale:
      'A client that stores /Me as the URL of the resource reaches another account when another user signs in.',
    remedy: 'Return the permanent URL of the resource in Location.',
    run: async context => {
      const response = await context.get('/Me')
      if (![200, 307, 308].includes(response.status)) skip('The server has no /Me for this token.')
      const { location } = response.headers
      const isPermanent = location !== undefined && !/\/Me\/?$/i.test(location)
      expectThat(isPermanent, 'Location with the permanent URL', location, response)
      if (response.status !== 200) return
      const own = valueIn(jsonObject(response), 'meta', 'location')
      expectThat(own === undefined || own === location, `Location ${String(own)}`, location, response)
    },
  }),
])
