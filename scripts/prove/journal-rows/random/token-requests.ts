import { client, tenants } from '../setup.ts'
import { requestBytes } from '../step.ts'
import { disguised, randomCredentials, randomForm, secretFor, secretHeader, secretNames } from './secrets.ts'
import { type RandomSteps, scim } from './step.ts'

/** A request to a token endpoint, or next to it. */
export const tokenRequest: RandomSteps = (random, number) => {
  const grant = random.chance(0.8)
    ? 'client_credentials'
    : random.of(['password', 'refresh_token', '', 'urn:x'])
  const secret = random.chance(0.6) ? client.secret : random.of([disguised(random), '', `${client.secret}x`])
  // After ten failures within a minute, a client is rejected, so few are of the same one.
  const id = secret === client.secret || number % 97 === 0 ? client.id : `client-${number}`
  const basic = `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`
  const inForm = random.chance(0.5)
  const parameters = new URLSearchParams({
    grant_type: grant,
    ...(inForm && {
      client_id: random.chance(0.8) ? id : `${disguised(random)}-${number}`,
      client_secret: secret,
    }),
    ...(random.chance(0.2) && { scope: random.of(['scim', disguised(random)]) }),
    ...(random.chance(0.1) && {
      client_assertion: disguised(random),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }),
    ...(random.chance(0.1) && { [disguised(random)]: 'x' }),
  }).toString()
  const tenant = random.chance(0.8)
    ? 'rfc'
    : random.of([...tenants.map(({ id }) => id), 'nobody', encodeURIComponent(client.secret)])
  const path = random.chance(0.9)
    ? '/oauth2/token'
    : random.of(['/oauth2/introspect', '/.well-known/openid-configuration', '/oauth2/token/x', '/oauth2'])
  const body = random.chance(0.85)
    ? parameters
    : random.of([
        `${parameters}&${parameters}`,
        randomForm(random),
        JSON.stringify({ client_secret: secret }),
        '',
        secret,
        `${'a=b&'.repeat(9000)}${parameters}`,
      ])
  const name = random.of(secretNames)
  return [
    scim({
      bytes: requestBytes({
        method: random.chance(0.9) ? 'POST' : random.of(['GET', 'PUT', 'HEAD', 'OPTIONS', 'DELETE']),
        target: `/${tenant}${path}${random.chance(0.1) ? `?${name}=${encodeURIComponent(secretFor(random, name))}` : ''}`,
        headers: [
          `Content-Type: ${random.chance(0.9) ? 'application/x-www-form-urlencoded' : random.of(['application/json', 'text/plain', 'application/x-www-form-urlencoded; charset=utf-8'])}`,
          ...(inForm
            ? []
            : [
                `Authorization: ${random.chance(0.9) ? basic : randomCredentials(random, 'rfc').replace(/^Basic/, 'Digest')}`,
              ]),
          ...(random.chance(0.1) ? [secretHeader(random)] : []),
        ],
        body,
      }),
    }),
  ]
}
