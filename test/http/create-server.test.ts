import t from 'tap'
import { type CreateServerOptions, createServer } from '../../src/index.ts'

/** Options as a JavaScript caller may pass them. */
const options = (values: object) => values as CreateServerOptions

t.test('createServer reports every invalid option by its name', async t => {
  const invalid: readonly (readonly [values: object, message: string])[] = [
    [{ profil: 'aws' }, 'profil is not an option of createServer; did you mean profile?'],
    [{ 'on-delete': 'retain' }, 'on-delete is not an option of createServer; did you mean onDelete?'],
    [{ port: 8080 }, 'port is not an option of createServer.'],
    [{ profile: 'okta' }, 'profile must be one of aws, entra, rfc.'],
    [{ token: 12345678, tenant: null }, 'token must be a string.\ntenant must be a string.'],
    [
      { onDelete: 'keep', token: 'short' },
      'token: An access token has 8 to 4096 characters: letters, digits and punctuation of ASCII, without blanks.\nonDelete must be one of retain, remove.',
    ],
  ]
  for (const [values, message] of invalid)
    await t.rejects(createServer(options(values)), { name: 'ConfigError', message }, JSON.stringify(values))
})

t.test('an option that is undefined has its default value', async t => {
  await using server = await createServer(options({ profile: undefined, tenant: 'acme' }))
  t.match(server.url, /\/acme\/scim\/v2$/)
})
