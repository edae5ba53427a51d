import type { Evidence, Product } from '../../src/scim/recognition/products.ts'
import { enterpriseUrn, groupUrn, userUrn } from './samples.ts'
import { patchOp } from './scim.ts'

/** A request as a product sends it, with invented values. */
export type ClientFixture = {
  /** The rule of the specification. */
  readonly rule: string
  readonly product: Product
  readonly userAgent: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the tenant's root. `ID` stands for an id. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** The evidence with this User-Agent, and without one. */
  readonly evidence: Evidence | undefined
  readonly withoutName: Evidence | undefined
}

const scimType = { 'content-type': 'application/scim+json; charset=utf-8' }
const plainScimType = { 'content-type': 'application/scim+json' }
const jsonType = { 'content-type': 'application/json' }
const uuid = '94482488-5041-7061-1b47-c0e0b6b2a1f8'
const go = 'Go-http-client/1.1'
const java = 'Apache-HttpClient/4.5.14 (Java/17.0.9)'
const terraformAgent =
  'Terraform/1.9.5 (+https://www.terraform.io) Terraform-Plugin-SDK/2.34.0 terraform-provider-aws-sso-scim/1.4.0'

const person = {
  userName: 'ines@firm.example',
  name: { givenName: 'Ines', familyName: 'Marsh' },
  displayName: 'Ines Marsh',
  emails: [{ value: 'ines@firm.example', type: 'work', primary: true }],
  active: true,
}

const okta = {
  rule: 'OC-010',
  product: 'okta',
  userAgent: 'Okta SCIM Client 1.0.0',
  evidence: 'named',
} as const
const oktaHeaders = { accept: 'application/scim+json', 'accept-charset': 'utf-8' }
const authentik = {
  rule: 'OC-017',
  product: 'authentik',
  userAgent: 'authentik@2026.2.1',
  evidence: 'named',
} as const
const jumpcloud = { rule: 'OC-012', product: 'jumpcloud', userAgent: '' } as const
const keycloak = { rule: 'OC-018', product: 'keycloak', userAgent: java } as const
const ssosync = { rule: 'OC-020', product: 'ssosync', userAgent: go } as const
const idpScimSync = {
  rule: 'OC-021',
  product: 'idp-scim-sync',
  userAgent: 'idp-scim-sync/0.40.1',
  evidence: 'named',
} as const
const terraform = {
  rule: 'OC-022',
  product: 'terraform',
  userAgent: terraformAgent,
  evidence: 'named',
} as const
const entra = { rule: 'OC-023', product: 'entra', userAgent: '' } as const

export const clientFixtures: readonly ClientFixture[] = [
  {
    ...okta,
    method: 'GET',
    path: '/Users?startIndex=1&count=2',
    headers: oktaHeaders,
    withoutName: 'shaped',
  },
  {
    ...okta,
    method: 'GET',
    path: '/Users?filter=userName%20eq%20%22ines%40firm.example%22&startIndex=1&count=100',
    withoutName: 'perhaps',
  },
  {
    ...okta,
    method: 'POST',
    path: '/Users',
    headers: { ...oktaHeaders, ...scimType },
    body: {
      schemas: [userUrn],
      ...person,
      locale: 'en-US',
      externalId: '00u1a2b3c4D5E6F7G8h9',
      groups: [],
      password: 'kT7pQ2zX',
    },
    withoutName: 'shaped',
  },
  {
    ...okta,
    method: 'PATCH',
    path: '/Groups/ID',
    headers: { ...oktaHeaders, ...scimType },
    body: patchOp({ op: 'replace', value: { id: uuid, displayName: 'Ops' } }),
    withoutName: 'shaped',
  },
  {
    ...okta,
    method: 'PATCH',
    path: '/Groups/ID',
    body: patchOp({ op: 'add', path: 'members', value: [{ value: uuid, display: 'ines@firm.example' }] }),
    withoutName: 'perhaps',
  },
  { ...okta, method: 'DELETE', path: '/Groups/ID', withoutName: undefined },
  {
    rule: 'OC-011',
    product: 'google',
    userAgent: 'Google-Auto-Provisioning',
    evidence: 'named',
    method: 'POST',
    path: '/Users',
    headers: jsonType,
    body: { schemas: ['urn:scim:schemas:core:1.0', userUrn], ...person, externalId: '108234567890123456789' },
    withoutName: 'shaped',
  },
  {
    ...jumpcloud,
    method: 'POST',
    path: '/Users',
    headers: plainScimType,
    body: {
      ...person,
      externalId: '5f2b1c9e8d7a6b5c4d3e2f10',
      locale: 'en-US',
      phoneNumbers: [{ primary: true, type: 'work', value: 'tel:+1-555-0100' }],
      preferredLanguage: 'en-US',
      schemas: [userUrn, enterpriseUrn],
    },
    evidence: 'shaped',
    withoutName: 'shaped',
  },
  {
    ...jumpcloud,
    method: 'PUT',
    path: '/Users/ID',
    headers: plainScimType,
    body: { id: uuid, ...person, addresses: [], phoneNumbers: [], schemas: [userUrn] },
    evidence: 'perhaps',
    withoutName: 'perhaps',
  },
  {
    rule: 'OC-013',
    product: 'onelogin',
    userAgent: '',
    method: 'PATCH',
    path: '/Users/ID',
    headers: { ...plainScimType, 'user-agent': '' },
    body: patchOp({ op: 'replace', path: 'emails', value: { value: 'ines@firm.example', primary: true } }),
    evidence: 'shaped',
    withoutName: 'shaped',
  },
  ...(
    [
      ['OC-014', 'pingfederate', 'PingDataSync/9.3'],
      ['OC-015', 'pingone', 'PingOne Provisioner/1.0'],
      ['OC-016', 'cyberark', 'CyberArk-Identity'],
    ] as const
  ).map(
    ([rule, product, userAgent]): ClientFixture => ({
      ...{ rule, product, userAgent, evidence: 'named', withoutName: undefined },
      method: 'GET',
      path: '/Users?filter=userName+eq+%22ines%22',
    }),
  ),
  {
    ...authentik,
    method: 'GET',
    path: '/Users?filter=userName+eq+ines%40firm.example',
    withoutName: 'perhaps',
  },
  {
    ...authentik,
    method: 'PATCH',
    path: '/Groups/ID',
    headers: plainScimType,
    body: patchOp({
      op: 'replace',
      value: { schemas: [groupUrn], id: uuid, externalId: '7', displayName: 'Ops', members: [] },
    }),
    withoutName: 'perhaps',
  },
  {
    ...keycloak,
    method: 'POST',
    path: '/Users',
    headers: plainScimType,
    body: { schemas: [userUrn], ...person, externalId: `f:${uuid}:ines` },
    evidence: 'shaped',
    withoutName: 'perhaps',
  },
  {
    ...keycloak,
    method: 'PATCH',
    path: '/Users/ID',
    headers: plainScimType,
    body: patchOp(
      { op: 'replace', path: 'active', value: true },
      { op: 'replace', path: 'userName', value: 'ines' },
      { op: 'replace', path: 'displayName', value: 'Ines' },
    ),
    evidence: 'shaped',
    // Entra ID's flag has the same form.
    withoutName: undefined,
  },
  {
    rule: 'OC-019',
    product: 'pocket-id',
    userAgent: go,
    method: 'GET',
    path: '/Users?count=1000&startIndex=1',
    evidence: 'shaped',
    withoutName: 'perhaps',
  },
  {
    ...ssosync,
    method: 'POST',
    path: '/Users',
    headers: plainScimType,
    body: { schemas: [userUrn], ...person, addresses: [{ type: 'work' }] },
    evidence: 'shaped',
    withoutName: 'perhaps',
  },
  {
    ...ssosync,
    method: 'GET',
    path: '/Groups?filter=displayName+eq+%22ops%40firm.example%22',
    headers: plainScimType,
    evidence: 'shaped',
    withoutName: undefined,
  },
  {
    ...idpScimSync,
    method: 'GET',
    path: `/Groups?cursor&filter=members.value+eq+%22${uuid}%22`,
    headers: { accept: 'application/json' },
    withoutName: 'perhaps',
  },
  {
    ...idpScimSync,
    method: 'PATCH',
    path: '/Groups/ID',
    headers: { ...plainScimType, accept: 'application/json' },
    body: patchOp({ op: 'replace', value: { id: uuid, externalId: 'g-2' } }),
    withoutName: 'shaped',
  },
  {
    ...terraform,
    method: 'POST',
    path: '/Users',
    headers: { ...jsonType, accept: 'application/json' },
    body: {
      meta: { resourceType: '', created: '0001-01-01T00:00:00Z', lastModified: '0001-01-01T00:00:00Z' },
      id: '',
      ...person,
      schemas: null,
    },
    withoutName: 'shaped',
  },
  {
    ...terraform,
    method: 'GET',
    path: `/Groups?filter=id+eq+%22${uuid}%22+and+members+eq+%22${uuid}%22`,
    withoutName: 'perhaps',
  },
  {
    rule: 'OC-022',
    product: 'teleport',
    userAgent: go,
    method: 'PATCH',
    path: '/Groups/ID',
    headers: plainScimType,
    body: patchOp({ op: 'remove', path: 'members', value: null }),
    evidence: 'shaped',
    withoutName: 'perhaps',
  },
  {
    ...entra,
    method: 'PATCH',
    path: '/Users/ID',
    headers: scimType,
    body: patchOp({ op: 'Replace', path: 'active', value: 'False' }),
    evidence: 'shaped',
    withoutName: 'shaped',
  },
  {
    ...entra,
    userAgent: 'Microsoft-Azure-SCIM/1.0',
    method: 'GET',
    path: `/Users?filter=userName+eq+%22${uuid}%22`,
    evidence: 'named',
    withoutName: 'perhaps',
  },
]
