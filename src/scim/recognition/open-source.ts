import { isObject } from '../json.ts'
import { type Fingerprint, objectsIn, pathlessNames, type RequestFacts } from './fingerprint.ts'

const goLibrary = {
  kind: 'library',
  name: /^go-http-client\//i,
  example: 'Go-http-client/1.1',
} as const

const javaLibrary = {
  kind: 'library',
  name: /^apache-httpclient\//i,
  example: 'Apache-HttpClient/4.5.14 (Java/17.0.9)',
} as const

const externalIdOf = (facts: RequestFacts): string => {
  const { externalId } = facts.resource()
  return typeof externalId === 'string' ? externalId : ''
}

const authentik: Fingerprint = {
  product: 'authentik',
  name: /\bauthentik\b/i,
  userAgent: { kind: 'own', example: 'authentik@2026.2.1' },
  marks: [
    {
      description: 'a filter on `userName` or `displayName` whose value has no quotes',
      isIn: ({ filter }) => /^(userName|displayName)(\+|%20)eq(\+|%20)(?!%22|")./i.test(filter),
    },
    {
      description: 'a whole group with its `schemas`, in a PATCH value without `path`',
      isIn: facts =>
        facts.type === 'Group' &&
        facts.operations().some(operation => pathlessNames(operation).includes('schemas')),
    },
  ],
}

const keycloak: Fingerprint = {
  product: 'keycloak',
  name: /\bkeycloak\b/i,
  userAgent: javaLibrary,
  marks: [
    {
      description: 'an `externalId` of the form `f:UUID:name`',
      isIn: facts => /^f:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}:./i.test(externalIdOf(facts)),
    },
    {
      description: 'a PATCH of exactly `active`, `userName` and `displayName` of a user',
      isIn: facts =>
        facts.type === 'User' &&
        facts
          .operations()
          .map(({ path = '' }) => path)
          .sort()
          .join() === 'active,displayName,userName',
    },
    {
      description: 'an address without the slash before `Users` or `Groups`',
      isIn: ({ path }) => /\/scim\/v2(Users|Groups)(\/|$)/i.test(path),
    },
    {
      description: 'a UUID as `externalId`',
      weight: 'supporting',
      isIn: facts => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(externalIdOf(facts)),
    },
  ],
}

const pocketId: Fingerprint = {
  product: 'pocket-id',
  name: /\bpocket-?id\b/i,
  userAgent: goLibrary,
  marks: [
    {
      description: 'lists with exactly `count=1000` and `startIndex=1`',
      isIn: ({ method, query }) =>
        method === 'GET' && ['count=1000&startIndex=1', 'startIndex=1&count=1000'].includes(query),
    },
    {
      description: 'a replaced group with all its members',
      weight: 'supporting',
      isIn: facts =>
        facts.method === 'PUT' && facts.type === 'Group' && Array.isArray(facts.resource().members),
    },
  ],
}

const ssosync: Fingerprint = {
  product: 'ssosync',
  name: /\bssosync\b/i,
  userAgent: goLibrary,
  marks: [
    {
      description: 'a user whose only address is `{"type":"work"}`',
      isIn: facts => {
        const [address, ...others] = objectsIn(facts.resource().addresses)
        return address !== undefined && others.length === 0 && JSON.stringify(address) === '{"type":"work"}'
      },
    },
    {
      // Scripts do this, too.
      description: '`Content-Type: application/scim+json` with a GET or DELETE, from its HTTP library',
      isIn: ({ method, header, userAgent }) =>
        goLibrary.name.test(userAgent) &&
        (method === 'GET' || method === 'DELETE') &&
        /^application\/scim\+json$/i.test(header('content-type') ?? ''),
    },
    {
      description: 'a filter on `userName` or `displayName`, with spaces as `+`',
      weight: 'supporting',
      isIn: ({ query }) => /^filter=(userName|displayName)\+eq\+%22[^&]*%22$/.test(query),
    },
  ],
}

const idpScimSync: Fingerprint = {
  product: 'idp-scim-sync',
  name: /\bidp-?scim-?sync\b/i,
  userAgent: { kind: 'own', example: 'idp-scim-sync/0.40.1' },
  marks: [
    {
      description: 'a list of groups by member, from an empty `cursor`',
      isIn: ({ type, query }) => type === 'Group' && /^cursor=?&filter=members\.value\+eq\+/.test(query),
    },
    {
      description: 'a PATCH value without `path` that is only `id` and `externalId`',
      isIn: facts =>
        facts.operations().some(operation => [...pathlessNames(operation)].sort().join() === 'externalId,id'),
    },
    {
      description: '`Accept: application/json` next to `Content-Type: application/scim+json`',
      weight: 'supporting',
      isIn: ({ header }) =>
        header('accept') === 'application/json' &&
        /^application\/scim\+json\b/i.test(header('content-type') ?? ''),
    },
  ],
}

/** Go's zero value of a time. */
const zeroTime = '0001-01-01T00:00:00Z'

/** Terraform’s SDK adds the name of the provider to the User-Agent. */
const terraform: Fingerprint = {
  product: 'terraform',
  name: /\bterraform-provider-aws-sso-scim\b/i,
  userAgent: {
    kind: 'own',
    example:
      'Terraform/1.9.5 (+https://www.terraform.io) Terraform-Plugin-SDK/2.34.0 terraform-provider-aws-sso-scim/1.4.0',
  },
  marks: [
    {
      description: 'a resource whose `meta` has dates of the year 1',
      weight: 'decisive',
      isIn: facts => {
        const { meta } = facts.resource()
        return isObject(meta) && meta.created === zeroTime
      },
    },
    {
      description: '`schemas: null`',
      isIn: facts => facts.resource().schemas === null,
    },
    {
      description: 'a filter on a group’s `id` and a member',
      isIn: ({ type, filter }) =>
        type === 'Group' && /^id\+eq\+%22[^&]*%22\+and\+members\+eq\+%22/.test(filter),
    },
  ],
}

const teleport: Fingerprint = {
  product: 'teleport',
  name: /\bteleport\b/i,
  userAgent: goLibrary,
  marks: [
    {
      description: 'a `remove` of all members with `value: null`',
      isIn: facts =>
        facts
          .operations()
          .some(({ op, path, value }) => op === 'remove' && path === 'members' && value === null),
    },
  ],
}

export const openSourceClients: readonly Fingerprint[] = [
  authentik,
  keycloak,
  pocketId,
  ssosync,
  idpScimSync,
  terraform,
  teleport,
]
