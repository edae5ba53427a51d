import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import type { AwsEvaluation, ObservedExchange } from '../../../../src/insight/analysis/diagnosis/subject.ts'
import { patchOp } from '../../../support/scim.ts'

export const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
export const id = 'b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31'
export const objectId = '6d35ec77-4718-4ff0-8c30-280d6e0212e8'

type Changes = Partial<Exchange> & { readonly requestBody?: unknown; readonly responseBody?: unknown }

let count = 0

/** An exchange of the journal, about a user by default. */
export const exchange = ({ requestBody, responseBody, ...changes }: Changes): Exchange => ({
  id: `e${++count}`,
  tenant: 'acme',
  at: 0,
  tenantTime: 0,
  microseconds: 0,
  method: 'POST',
  url: '/acme/scim/v2/Users',
  status: 201,
  operation: 'create',
  action: 'create user',
  target: { type: 'User', id, label: 'marge@springfield.example' },
  request: { headers: {}, ...(requestBody !== undefined && { body: JSON.stringify(requestBody) }) },
  response: { headers: {}, ...(responseBody !== undefined && { body: JSON.stringify(responseBody) }) },
  ...changes,
})

export type Sample = ObservedExchange

export const of = (changes: Changes, rest: Omit<ObservedExchange, 'exchange'> = {}): Sample => ({
  exchange: exchange(changes),
  ...rest,
})

/** A request that was rejected before its target was known. */
export const withoutTarget = (changes: Changes): Sample => {
  const { target: _, ...bare } = exchange(changes)
  return { exchange: bare }
}

const marge = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
  externalId: objectId,
  userName: 'marge@springfield.example',
  active: true,
  emails: [{ primary: true, type: 'work', value: 'marge@springfield.example' }],
  meta: { resourceType: 'User' },
  name: { givenName: 'Marge', familyName: 'Simpson' },
  displayName: 'Marge Simpson',
  roles: [],
}

/** Undefined members are omitted. */
export const user = (
  changes: Readonly<Record<string, unknown>> = {},
  rest: Omit<ObservedExchange, 'exchange'> = {},
) => of({ requestBody: { ...marge, ...changes } }, rest)

export const group = (
  changes: Readonly<Record<string, unknown>> = {},
  rest: Omit<ObservedExchange, 'exchange'> = {},
) =>
  of(
    {
      url: '/acme/scim/v2/Groups',
      action: 'create group',
      target: { type: 'Group', id, label: 'Operators' },
      requestBody: { externalId: objectId, displayName: 'Operators', ...changes },
    },
    rest,
  )

export const patch = (...operations: readonly unknown[]) =>
  of({ method: 'PATCH', url: `/acme/scim/v2/Users/${id}`, status: 200, requestBody: patchOp(...operations) })

export const groupPatch = (operations: readonly unknown[], rest: Omit<ObservedExchange, 'exchange'> = {}) =>
  of(
    {
      method: 'PATCH',
      url: `/acme/scim/v2/Groups/${id}`,
      status: 204,
      target: { type: 'Group', id, label: 'Operators' },
      requestBody: patchOp(...operations),
    },
    rest,
  )

export const lookUp = (attribute: string, value: string, found: number | undefined, changes: Changes = {}) =>
  of({
    method: 'GET',
    url: `/acme/scim/v2/Users?filter=${attribute}+eq+%22${encodeURIComponent(value)}%22`,
    status: 200,
    operation: 'look-up',
    action: 'look up user',
    target: { type: 'User' },
    ...(found !== undefined && { responseBody: { totalResults: found, Resources: [] } }),
    ...changes,
  })

/** The requests that AWS rejects. */
export const refused = (status: number, detail: string, ...rules: readonly string[]): AwsEvaluation => ({
  isTenantProfile: false,
  accepted: false,
  status,
  detail,
  rules: rules.map(rule => ({ id: rule, detail })),
})
