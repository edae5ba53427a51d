import type { Random } from '../../../endure/random.ts'
import { client, keys, type TenantId, tokens } from '../setup.ts'

/** Every form in which clients write a secret where it does not belong. */
const disguises: readonly ((secret: string) => string)[] = [
  secret => secret,
  encodeURIComponent,
  secret => encodeURIComponent(encodeURIComponent(secret)),
  secret => secret.replace(/./g, unit => `%${unit.charCodeAt(0).toString(16)}`),
  secret => Buffer.from(secret).toString('base64'),
  secret => Buffer.from(`x:${secret}`).toString('base64url'),
  secret => secret.slice(0, 20),
  secret => secret.slice(1),
  secret => secret.toUpperCase(),
  secret => `Bearer ${secret}`,
  secret => secret.replaceAll('/', '\\/'),
]

export const escaped = (text: string) =>
  text.replace(/./g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

export const secrets: readonly string[] = [
  ...Object.values(tokens),
  client.secret,
  ...Object.values(keys).map(({ secret }) => secret),
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwcm9vZiJ9.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
  'scimulator-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'hunter2',
  'pa"ss\\wörd',
]

export const disguised = (random: Random): string => random.of(disguises)(random.of(secrets))
export const ascii = (text: string) => text.replace(/[^\x20-\x7e]/g, '?')

export const secretNames: readonly string[] = [
  ...['access_token', 'token', 'refresh_token', 'id_token', 'auth-token', 'api_key', 'x-api-key', 'apikey'],
  ...[
    'password',
    'client_secret',
    'client-secret',
    'assertion',
    'client_assertion',
    'Password',
    'pass%77ord',
  ],
  ...[
    'sig',
    'X-Amz-Signature',
    'X-Amz-Security-Token',
    'code',
    'amp;token',
    'subscription-key',
    'secret',
    'key',
  ],
]

/** Parameters that the earlier version did not mask. Their values are unlike all others: they are also removed elsewhere now. */
const isNewlySecret = (name: string): boolean =>
  /^(?:amp;|sig$|code$|X-Amz-Signature$|subscription-key$)/.test(name)

/** The value of a parameter. */
export const secretFor = (random: Random, name: string): string =>
  isNewlySecret(name) ? `only-here-${random.below(1e9)}-${random.below(1e9)}` : disguised(random)

export const randomCredentials = (random: Random, tenant: TenantId): string => {
  const own = tokens[tenant]
  return random.of([
    `Bearer ${own}`,
    `Bearer ${own}`,
    `bearer   ${own}  `,
    own,
    `Bearer ${random.of(Object.values(tokens))}`,
    `Bearer ${own}x`,
    `Bearer ${own.slice(0, -1)}`,
    `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`,
    `Basic ${Buffer.from(`user:${own}`).toString('base64')}`,
    `Token ${own}`,
    `Negotiate ${disguised(random)}`,
    `AWS4-HMAC-SHA256 Credential=${keys.full.id}/20250101/us-east-1/sso/aws4_request, SignedHeaders=host, Signature=${'ab12'.repeat(16)}`,
    `AWS4-HMAC-SHA256 Credential=OnlyHereNotElsewhere0123456789abcdefghij/20250101/us-east-1/sso/aws4_request, SignedHeaders=host, Signature=0`,
    '',
    'Bearer',
  ])
}

export const secretHeader = (random: Random): string => {
  const value = ascii(disguised(random))
  const key = secretFor(random, 'sig')
  return random.of([
    `X-Api-Key: ${value}`,
    `Api-Key: ${value}`,
    `X-Auth-Token: ${value}`,
    `X-Access-Token: ${value}`,
    `x-functions-key: ${key}`,
    `X-Amz-Security-Token: ${value}`,
    `Proxy-Authorization: Basic ${value}`,
    `Cookie: session=${value}; theme=dark`,
    `Set-Cookie: a=${value}`,
    `X-Note: ${value}`,
    `Referer: https://user:${encodeURIComponent(value)}@example.com/?token=${encodeURIComponent(value)}`,
    `User-Agent: curl/8 (${value})`,
    `X-${value.replace(/[^\w-]/g, '').slice(0, 60) || 'empty'}: yes`,
    `Forwarded: for="${value.replaceAll('"', '')}"`,
  ])
}

export const randomForm = (random: Random): string =>
  Array.from({ length: 1 + random.below(4) }, () => {
    const name = random.of([
      ...secretNames,
      'grant_type',
      'scope',
      'client_id',
      'username',
      encodeURIComponent(disguised(random)),
    ])
    return random.chance(0.1)
      ? encodeURIComponent(disguised(random))
      : `${name}=${encodeURIComponent(secretFor(random, name))}`
  }).join('&')
