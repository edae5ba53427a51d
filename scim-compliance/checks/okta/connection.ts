import type { Check, ScimResponse } from '../../check.ts'
import { expectThat, jsonObject, listedResources } from '../../expect.ts'
import type { Json } from '../../scim.ts'
import { connectionCheck, sources } from './areas.ts'
import { oktaHeaders } from './requests.ts'

export function expectNumbers(response: ScimResponse): void {
  listedResources(response)
  const { totalResults, startIndex, itemsPerPage } = jsonObject(response)
  const isNumber = (value: Json | undefined) => typeof value === 'number'
  expectThat(isNumber(totalResults), 'totalResults as a number', totalResults, response)
  // Both can be absent from a complete list (RFC 7644 §3.4.2).
  for (const [name, value] of Object.entries({ startIndex, itemsPerPage }))
    expectThat(value === undefined || isNumber(value), `${name} as a number`, value, response)
}

export const connectionChecks: readonly Check[] = [
  connectionCheck('users', 'MUST', sources.reference, {
    description: 'GET /Users?startIndex=1&count=2 returns a list of at most 2 users.',
    rationale: 'Okta sends it for Test API Credentials, and when the settings are saved.',
    remedy: 'Support startIndex and count, and return no more resources than count.',
    leadsTo: 'Test API Credentials fails, and provisioning can’t be turned on.',
    run: async context => {
      const response = await context.get(`${context.users.endpoint}?startIndex=1&count=2`, oktaHeaders)
      const { length } = listedResources(response)
      expectThat(length <= 2, 'at most 2 users', `${length} users`, response)
    },
  }),
  connectionCheck('groups', 'practice', sources.captures, {
    description: 'GET /Groups?startIndex=1&count=100 returns a list of groups.',
    rationale: 'Okta sends it after the list of users.',
    remedy: 'Support startIndex and count for groups, and accept a count of 100.',
    needs: ['groups'],
    leadsTo: 'Test API Credentials fails, and provisioning can’t be turned on.',
    run: async context => {
      listedResources(await context.get(`${context.groups.endpoint}?startIndex=1&count=100`, oktaHeaders))
    },
  }),
  connectionCheck('numbers', 'MUST', sources.reference, {
    description: 'totalResults, startIndex and itemsPerPage are JSON numbers.',
    rationale: 'Okta reads them as integers.',
    remedy: 'Write 2 instead of "2".',
    leadsTo: 'Lists can’t be read, so Test API Credentials and imports fail.',
    run: async context => {
      expectNumbers(await context.get(`${context.users.endpoint}?startIndex=1&count=2`, oktaHeaders))
    },
  }),
]
