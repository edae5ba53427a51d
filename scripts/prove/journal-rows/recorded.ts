import { readdirSync, readFileSync } from 'node:fs'
import { numberOf, scimHeaders, scimPath, type TenantId, tokens } from './setup.ts'
import { placeholder, requestBytes, type Step } from './step.ts'

const folder = new URL('../../../test/idp/', import.meta.url)

const readLines = (file: string) =>
  readFileSync(new URL(file, folder), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

/** Placeholders for the names of resources in a file. */
function createNames(tenant: TenantId, first: number) {
  const names = new Map<string, string>()
  return (name: string): string => {
    const known = names.get(name) ?? placeholder(numberOf(tenant), first + names.size)
    names.set(name, known)
    return known
  }
}

const authorized = (headers: readonly string[], tenant: TenantId) =>
  headers.map(header =>
    /^authorization:/i.test(header) ? `Authorization: Bearer ${tokens[tenant]}` : header,
  )

/** What Entra ID sends, in the two formats of its PATCH requests. */
function entraSteps(tenant: TenantId): readonly Step[] {
  const named = createNames(tenant, 1_000)
  const withNames = (text: string) =>
    text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => (name === 'token' ? tokens[tenant] : named(name)))
  return readLines('entra-wire.jsonl').map(({ method, path, headers, body, saveIdAs }) => ({
    to: 'scim',
    requests: [
      {
        bytes: requestBytes({
          method,
          target: scimPath(tenant) + withNames(path),
          headers: Object.entries(headers).map(([name, value]) => `${name}: ${withNames(String(value))}`),
          ...(body && { body: withNames(JSON.stringify(body)) }),
        }),
        ...(saveIdAs && { keep: named(saveIdAs) }),
      },
    ],
  }))
}

/** What Okta sends; the file names resources by the order of their creation. */
function oktaSteps(tenant: TenantId): readonly Step[] {
  const named = createNames(tenant, 2_000)
  const counts = { Users: 1, Groups: 0 }
  const withNames = (text: string) => text.replace(/\b(?:user|group)-\d+\b/g, named)
  return readLines('okta-wire.jsonl').map(({ line, headers, body }) => {
    const [method = '', path = ''] = line.split(' ')
    const type = /\/(Users|Groups)$/.exec(path)?.[1] as keyof typeof counts | undefined
    const creates = method === 'POST' && type !== undefined
    if (creates) counts[type] += 1
    return {
      to: 'scim',
      requests: [
        {
          bytes: requestBytes({
            method,
            target: withNames(path.replace('/scim/v2', scimPath(tenant))),
            headers: [
              'Accept: application/scim+json',
              'Accept-Charset: utf-8',
              ...(headers === 'with body' ? ['Content-Type: application/scim+json; charset=utf-8'] : []),
              'User-Agent: Okta SCIM Client 1.0.0',
              `Authorization: Bearer ${tokens[tenant]}`,
              'Accept-Encoding: gzip,deflate',
            ],
            ...(body !== undefined && { body: withNames(body) }),
          }),
          ...(creates && { keep: named(`${type === 'Users' ? 'user' : 'group'}-${counts[type]}`) }),
        },
      ],
    }
  })
}

/** The recordings of other products. */
function recordingSteps(tenant: TenantId): readonly Step[] {
  return readdirSync(new URL('recordings/', folder))
    .toSorted()
    .flatMap(file => readLines(`recordings/${file}`))
    .filter(({ method }) => method !== undefined)
    .map(({ method, path, headers, body }) => ({
      to: 'scim',
      requests: [
        {
          bytes: requestBytes({
            method,
            target: scimPath(tenant) + path,
            headers: headers
              ? authorized(
                  Object.entries(headers)
                    .filter(([name]) => !/^(connection|content-length|host)$/i.test(name))
                    .map(([name, value]) => `${name}: ${value}`),
                  tenant,
                )
              : scimHeaders(tokens[tenant]),
            ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
          }),
        },
      ],
    }))
}

/** The recorded traffic of identity providers, sent to a tenant of each profile. */
export const recordedSteps = (): readonly Step[] =>
  (['aws', 'entra', 'rfc'] as const).flatMap(tenant => [
    ...entraSteps(tenant),
    ...oktaSteps(tenant),
    ...recordingSteps(tenant),
  ])
